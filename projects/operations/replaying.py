"""After a restore of the table: the erasures of the ledger are done again, on what came back.

What a customer made after its erasure is not touched, nor what was kept then; a legal hold that stands by now keeps
everything of its customer.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from projects import storage
from projects.operations.erasing import erase_owner
from projects.operations.holders import HolderKind
from projects.records import Erasure


class Replayed(NamedTuple):
    """`erased` is None when it was refused, with why in `refused`."""

    erasure: str
    shop: str
    erased: Erasure | None
    refused: str = ""


def replay_erasures(
    *, since: datetime | None, principal: Principal, reason: str, now: datetime, kinds: Sequence[HolderKind]
) -> Iterator[Replayed]:
    """Those that began since then, one by one, in their order; one that is refused does not stop the others.

    May be repeated. Raises RoleMissing, and sealing.SealBroken when the secret key of then is not known any more.
    """
    principal.require_role("admin")
    for entry in storage.ledger(since):
        try:
            erased = erase_owner(
                shop=entry.shop,
                owner=entry.owner,
                principal=principal,
                reason=reason,
                now=now,
                kinds=kinds,
                again=entry,
            )
        except DomainError as refused:
            yield Replayed(entry.erasure, entry.shop, None, refused.text)
        else:
            yield Replayed(entry.erasure, entry.shop, erased)
