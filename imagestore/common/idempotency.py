"""Creating calls that may be repeated (`Idempotency-Key`): the same key and call make the same things once.

The record keeps the ids that a call minted, never its answer: a repeat answers from the rows and signs urls anew.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from imagestore.common import table, transaction
from imagestore.common.errors import Conflict, Invalid
from imagestore.common.rows import InstantAttribute, Item, Key
from imagestore.common.transaction import TransactionLost, Write

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
UNDER_WAY = timedelta(seconds=60)
"""No request lives longer: what it left undone by then, it will not do any more."""
KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")


class KeyInvalid(Invalid):
    code, title = "idempotency-key-invalid", "The Idempotency-Key is not valid"


class KeyReused(Invalid):
    code, title = "idempotency-key-reused", "The Idempotency-Key was used for another call"


class RequestUnderWay(Conflict):
    code, title = "request-under-way", "The first request with this key is still being answered"


class Repeated(Exception):
    """The record that joined a call's first write was there already: nothing was written."""


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
    if not KEY.fullmatch(header):
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


def once(asked: Asked, now: datetime, ids: Sequence[str] = (), also: Sequence[Write] = ()) -> Record | None:
    """Makes a call's record together with what it makes; None when both are there now, else what the first call made.

    Raises KeyReused, RequestUnderWay, and TransactionLost when the record would have been new but a write was refused.
    """
    try:
        transaction.commit([record(asked, ids, now), *also])
    except TransactionLost as lost:
        if 0 not in lost.failed:
            raise
        return recorded(asked)
    return None


def recorded(asked: Asked) -> Record:
    """What the first call made. Raises KeyReused when that was another call."""
    found = table.get(IdempotencyRow, asked.key, Record, consistent=True)
    if found is None:
        raise RequestUnderWay("Try again in a moment.", field=HEADER)
    if found.digest != asked.digest:
        raise KeyReused("Use another key for another call.", field=HEADER)
    return found


def was_recorded(asked: Asked, now: datetime) -> bool:
    """Whether a call with this key made something within the last 24 hours."""
    found = table.get(IdempotencyRow, asked.key, Record, consistent=True)
    return found is not None and now - found.created_at < KEPT_FOR


def check_over(record: Record, now: datetime) -> None:
    """Raises RequestUnderWay while the first call may still be at work."""
    if now - record.created_at < UNDER_WAY:
        raise RequestUnderWay("The first call with this key is still at work. Try again shortly.", field=HEADER)


def taking_over(asked: Asked, record: Record, ids: Sequence[str], now: datetime) -> Write:
    """To join the first write of a repeat that does again what the first call left undone: only one may.

    Raises RequestUnderWay while the first call may still be at work.
    """
    check_over(record, now)
    mine = [
        IdempotencyRow.ids.set(list(ids)),
        IdempotencyRow.created_at.set(now),
        IdempotencyRow.expires_at.set(int((now + KEPT_FOR).timestamp())),
    ]
    return transaction.update(IdempotencyRow, asked.key, mine, IdempotencyRow.created_at == record.created_at)


def still_recorded(asked: Asked, now: datetime) -> Write:
    """To join the last write of a call that was recorded at `now`: refused once a repeat has taken over."""
    return transaction.check(IdempotencyRow, asked.key, IdempotencyRow.created_at == now)


def forget(asked: Asked, now: datetime) -> None:
    """A call that was refused made nothing: the key may be used again, from `now` on, when it was recorded."""
    table.delete(IdempotencyRow, asked.key, IdempotencyRow.created_at == now)
