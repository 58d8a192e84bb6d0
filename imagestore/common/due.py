"""When the sweep looks at an item: keys of the sparse index `by_due`. A due only nominates; `purge_after` permits.

`due_bucket` is an hour and a shard, never earlier than the hour of writing, so that a bucket once read empty stays
empty; `due_sort` tells shop and kind, so that plans count without reading rows.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from pynamodb.attributes import NumberAttribute

from imagestore.common import table
from imagestore.common.rows import InstantAttribute, Item, Key

SHARDS = Key("DUE#shards", "DUE")
FIRST_SHARDS, MOST_SHARDS = 4, 64
CROWDED = 50_000
"""Items that are due in one hour of one shard: above that there are soon twice as many shards."""
CACHED_FOR = 60
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_HOUR = "%Y-%m-%dT%H"


class DueShards(Item):
    """Made by the very first writer, before its own row: sweeps need not look at any hour before `since`."""

    number = NumberAttribute()
    since = InstantAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Shards:
    number: int
    since: datetime | None = None


class Due(NamedTuple):
    bucket: str
    sort: str


class DueEntry(NamedTuple):
    due_at: datetime
    shop: str
    kind: str
    id: str


def due(due_at: datetime, *, now: datetime, shop: str, kind: str, id: str) -> Due:
    """Where an item waits until `due_at`."""
    hour = max(due_at, now)
    return Due(bucket(hour, _shard(id, now)), f"{_cut(due_at)}#{shop}#{kind}#{id}")


def bucket(hour: datetime, shard: int) -> str:
    return f"DUE#{hour.astimezone(UTC).strftime(_HOUR)}#{shard:03d}"


def sort_until(instant: datetime) -> str:
    """The highest sort key that is due at `instant`."""
    return f"{_cut(instant)}#{table.BEYOND}"


def parse(sort: str) -> DueEntry:
    due_at, shop, kind, id = sort.split("#", 3)
    return DueEntry(datetime.strptime(due_at, _INSTANT).replace(tzinfo=UTC), shop, kind, id)


def dated_to(sort: str | None) -> datetime | None:
    """When the sweep looks at an item, by its place in the index."""
    return parse(sort).due_at if sort else None


def hour_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hours(first: datetime, last: datetime) -> list[datetime]:
    count = int((hour_of(last) - hour_of(first)) / timedelta(hours=1)) + 1
    return [hour_of(first) + timedelta(hours=offset) for offset in range(count)]


def shards() -> Shards:
    """Where readers look. The number only grows: who knows an old one still writes where every reader looks."""
    return table.get(DueShards, SHARDS, Shards, consistent=True) or Shards(FIRST_SHARDS)


def shard_count(now: datetime) -> int:
    """Over how many shards writers spread each hour, as known for a minute."""
    known = cache.get(SHARDS.pk)
    if known is None:
        known = _made_or_found(now).number
        cache.set(SHARDS.pk, known, CACHED_FOR)
    return int(known)


def grow(known: Shards, in_an_hour: int) -> bool:
    """Twice the shards when so many items of one hour crowd those that are there. What waits already is found where
    it is, since readers look at all of them.
    """
    if in_an_hour <= CROWDED * known.number or known.number >= MOST_SHARDS:
        return False
    twice = [DueShards.number.set(2 * known.number)]
    return table.update(DueShards, SHARDS, twice, DueShards.number == known.number, Shards).won


def _made_or_found(now: datetime) -> Shards:
    found = shards()
    if found.since is None:
        # Writers of the very first moment may disagree on the hour: readers start one earlier.
        table.put_new(DueShards(*SHARDS, number=FIRST_SHARDS, since=hour_of(now) - timedelta(hours=1)))
    return found


def _shard(id: str, now: datetime) -> int:
    return int.from_bytes(hashlib.blake2s(id.encode(), digest_size=4).digest(), "big") % shard_count(now)


def _cut(instant: datetime) -> str:
    """Whole seconds, rounded up: nothing is looked at before its time."""
    cut = instant.astimezone(UTC).replace(microsecond=0)
    return (cut + timedelta(seconds=1) if instant.microsecond else cut).strftime(_INSTANT)
