"""A shop of its own for one run of the demo: it forgets within seconds, and nobody else's photos are in it."""

import getpass
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from imagestore.common import clock, ids, objects, principal
from imagestore.common.retention import Subject
from imagestore.identity import operations, signing
from imagestore.identity.claims import CUSTOMER_SCOPES

CUSTOMER = "anna"
LIFETIMES = {
    Subject.ABANDONED_UPLOAD: 300,
    Subject.UNUSED_FILE: 600,
    Subject.RELEASED_FILE: 2,
    Subject.TRASHED_FILE: 6,
    Subject.DRAFT_PROJECT: 600,
    Subject.TRASHED_PROJECT: 3,
}
"""Seconds. What a broken-off run leaves behind is gone after some ten minutes. Trash is kept long enough to be seen."""


class Kept(NamedTuple):
    """What the bucket holds, whatever the product believes."""

    bytes: int
    versions: int


def open_shop(photos: int) -> tuple[str, str]:
    """Makes a demo shop; answers its id and its customer's token. Raises DomainError, and what AWS raises."""
    id, now = f"demo-{secrets.token_hex(4)}", clock.now()
    # A photo that is rejected first must still be there to be read once the last one was sent.
    lifetimes = LIFETIMES | {Subject.REJECTED_FILE: 10 + photos // 5}
    policy = {"rules": [{"subject": subject, "keep": f"{seconds}s"} for subject, seconds in lifetimes.items()]}
    key = signing.generate_key(ids.new_id(now))
    operations.create_shop(
        id=id,
        name="Shop of one demo run",
        principal=principal.command(getpass.getuser()),
        now=now,
        reason="manage.py demo",
        public_keys=[signing.public_part(key)],
        policy=policy,
        demo=True,
    )
    return id, signing.sign(key, shop=id, now=now, customer=CUSTOMER, scopes=sorted(CUSTOMER_SCOPES))


def in_bucket(shop: str) -> dict[str, Kept]:
    """Every version of every object of the shop, by the last part of its key: the id of its file."""
    found: dict[str, Kept] = {}
    for version in objects.versions(""):
        if f"/{shop}/" in version.key:
            id = version.key.rpartition("/")[2]
            found[id] = total((found.get(id, Kept(0, 0)), Kept(version.size, 1)))
    return found


def total(parts: Iterable[Kept]) -> Kept:
    kept = list(parts)
    return Kept(sum(part.bytes for part in kept), sum(part.versions for part in kept))
