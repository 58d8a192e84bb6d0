"""Creating calls that may be repeated (`Idempotency-Key`): the same key and call make the same things once.

The record keeps the ids that a call minted, never its answer: a repeat answers from the rows and signs urls anew.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from imagestore.common import table
from imagestore.common.errors import Conflict, Invalid
from imagestore.common.rows import InstantAttribute, Item, Key
from imagestore.common.transaction import Write

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
UNDER_WAY = timedelta(seconds=60)
"""No request lives longer: what it left undone by then, it will not do any more."""
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")


class KeyInvalid(Invalid):
    code, title = "idempotency-key-invalid", "The Idempotency-Key is not valid"


class KeyReused(Invalid):
    code, title = "idempotency-key-reused", "The Idempotency-Key was used for another call"


class RequestUnderWay(Conflict):
    code, title = "request-under-way", "The first request with this key is still being answered"


class IdempotencyRow(Item):
    digest = UnicodeAttribute()
    ids = JSONAttribute()
    created_at = InstantAttribute()


@dataclass(frozen=True, slots=True)
class Asked:
    """A call with a key: where its record stands, and what was asked."""

    key: Key
    digest: str


@dataclass(frozen=True, slots=True)
class Record:
    digest: str
    ids: list[str]
    created_at: datetime


def asked(header: str | None, *, scope: str, route: str, body: bytes) -> Asked | None:
    """`scope`: whose key it is; another shop's or customer's key of the same text is another. Raises KeyInvalid."""
    if header is None:
        return None
    if not _KEY.fullmatch(header):
        raise KeyInvalid("A key has 1 to 255 printable ASCII characters.", field=HEADER, limit=255)
    name = hashlib.sha256(f"{scope}\n{header}".encode()).hexdigest()
    return Asked(Key(f"IDEMPOTENCY#{name}", "IDEMPOTENCY"), hashlib.sha256(route.encode() + b"\n" + body).hexdigest())


def record(asked: Asked, ids: Sequence[str], now: datetime) -> Write:
    """To join the call's first write, which is lost when the key was used within the last 24 hours."""
    row = IdempotencyRow(
        *asked.key,
        digest=asked.digest,
        ids=list(ids),
        created_at=now,
        expires_at=int((now + KEPT_FOR).timestamp()),
    )
    unused = IdempotencyRow.pk.does_not_exist() | (IdempotencyRow.created_at <= now - KEPT_FOR)
    return {"Put": row.get_save_kwargs_from_instance(condition=unused)}


def recorded(asked: Asked) -> Record:
    """What the first call made. Raises KeyReused when that was another call."""
    found = table.get(IdempotencyRow, asked.key, Record, consistent=True)
    if found is None:
        raise RequestUnderWay("Try again in a moment.", field=HEADER)
    if found.digest != asked.digest:
        raise KeyReused("Use another key for another call.", field=HEADER)
    return found


def is_under_way(record: Record, now: datetime) -> bool:
    return now - record.created_at < UNDER_WAY
