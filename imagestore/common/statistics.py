"""What happened in a shop on each day (UTC): for people and charts, not for accounts.

No request writes for it. What is done in the background anyway counts: a message that brings photos to decode, one
that asks for pruning after ten saves, a slice of a sweep. Each adds to counters of the day, one update for a whole
batch; the job `statistics` folds them into one row on the next day. A crash may lose a batch, and a message that
comes twice counts twice.
"""

import dataclasses
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from imagestore.common import ids, table
from imagestore.common.batches import in_parallel
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Item, Key

log = logging.getLogger(__name__)
SHARDS, PAGE = 4, 1000
COUNTERS_KEPT = timedelta(days=30)
KEPT = timedelta(days=1100)
LOOKED_BACK = timedelta(days=6)
"""Days that the clock missed are made good for so long; the counters are still there."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Photos that arrived, with their bytes; saves, counted in tens; what rules trashed and purged."""

    uploads: int = 0
    uploaded_bytes: int = 0
    saves: int = 0
    trashed: int = 0
    purged: int = 0
    purged_bytes: int = 0
    projects_trashed: int = 0
    projects_purged: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """None: not counted yet. `projects`: that were made; `orders`: that were placed."""

    day: str
    uploads: int | None = None
    uploaded_bytes: int | None = None
    saves: int | None = None
    trashed: int | None = None
    purged: int | None = None
    purged_bytes: int | None = None
    projects_trashed: int | None = None
    projects_purged: int | None = None
    projects: int | None = None
    orders: int | None = None


class CountersRow(Item):
    uploads = NumberAttribute(null=True)
    uploaded_bytes = NumberAttribute(null=True)
    saves = NumberAttribute(null=True)
    trashed = NumberAttribute(null=True)
    purged = NumberAttribute(null=True)
    purged_bytes = NumberAttribute(null=True)
    projects_trashed = NumberAttribute(null=True)
    projects_purged = NumberAttribute(null=True)


class DayRow(CountersRow):
    day = UnicodeAttribute()
    projects = NumberAttribute(null=True)
    orders = NumberAttribute(null=True)


def counters(shop: str, day: date, shard: int) -> Key:
    """Each shard is a partition of its own."""
    return Key(f"COUNTERS#{shop}#{day.isoformat()}#{shard}", "COUNTERS")


def days_of_shop(shop: str) -> str:
    """The partition of a shop's days, in their order."""
    return f"STATISTICS#{shop}"


def add(shop: str, counted: Mapping[str, int], now: datetime) -> None:
    """To the day of `now`, by names of `Counts`: one update. It never fails its caller, whose work is done."""
    key = counters(shop, now.astimezone(UTC).date(), secrets.randbelow(SHARDS))
    try:
        actions = [getattr(CountersRow, name).add(number) for name, number in counted.items() if number]
        if actions:
            kept_until = CountersRow.expires_at.set(int((now + COUNTERS_KEPT).timestamp()))
            table.update(CountersRow, key, [*actions, kept_until], None, Counts)
    except Exception:
        log.warning("%s of shop %s were not counted", dict(counted), shop, exc_info=True)


def counted(shop: str, day: date) -> dict[str, int]:
    """What was added to a day so far: one batch read."""
    keys = [counters(shop, day, shard) for shard in range(SHARDS)]
    found = table.batch_get(CountersRow, keys, Counts, consistent=True).values()
    names = [field.name for field in dataclasses.fields(Counts)]
    return {name: sum(getattr(part, name) for part in found) for name in names}


def count_days(
    *,
    shops: Mapping[str, str],
    until: date,
    name: str,
    count: Callable[[str, date], Mapping[str, int]],
    now: datetime,
) -> SliceReport:
    """Writes what `count` tells of each day that has no `name` yet, from what `shops` tells of each up to `until`.

    A shop that fails does not stop the others. One query for a shop and, most often, one update.
    """
    report = SliceReport()
    for shop, since in shops.items():
        try:
            missing = _missing(shop, date.fromisoformat(since), until, name)
            for day in missing:
                _note(shop, day, count(shop, day), now)
            report.did("counted" if missing else "skipped", shop)
        except Exception as error:
            report.fail(shop, None, f"{type(error).__name__}: {error}")
    return report


def born_on(partitions: Sequence[str], day: date) -> int:
    """Entries of lists in `by_attention` that are sorted by id: how many were made on a day. One query for 1,000."""
    begins = datetime.combine(day, time(), UTC)
    low, high = ids.first_id(begins), ids.first_id(begins + timedelta(days=1))
    return sum(in_parallel(lambda partition: _entries(partition, low, high), partitions))


def _entries(partition: str, low: str, high: str) -> int:
    number, start = 0, None
    while True:
        page = table.query_index("by_attention", partition, low=low, high=high, limit=PAGE, start=start)
        number, start = number + len(page.items), page.next
        if start is None:
            return number


def last_days(shop: str, until: date, number: int) -> list[Day]:
    """In order, with an empty one for each that was not counted. One query."""
    days = [until - timedelta(days=back) for back in reversed(range(number))]
    found = _rows(shop, number)
    return [found.get(day.isoformat(), Day(day.isoformat())) for day in days]


def _rows(shop: str, number: int) -> dict[str, Day]:
    page = table.query(DayRow, days_of_shop(shop), Day, descending=True, limit=number, consistent=True)
    return {row.day: row for row in page.items}


def _missing(shop: str, since: date, until: date, name: str) -> list[date]:
    days = [since + timedelta(days=ahead) for ahead in range((until - since).days + 1)]
    found = _rows(shop, len(days)) if days else {}
    return [day for day in days if getattr(found.get(day.isoformat()), name, None) is None]


def _note(shop: str, day: date, counts: Mapping[str, int], now: datetime) -> None:
    actions = [getattr(DayRow, name).set(number) for name, number in counts.items()]
    kept_until = int((now + KEPT).timestamp())
    told = [DayRow.day.set(day.isoformat()), DayRow.expires_at.set(kept_until)]
    table.update(DayRow, Key(days_of_shop(shop), day.isoformat()), [*told, *actions], None, Day)
