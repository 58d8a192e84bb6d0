"""What waits for a person's approval is looked at a day later, and is in nobody's way until then."""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common import due, table
from imagestore.common.batches import in_parallel
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Item, Key
from scheduler import rules
from scheduler.records import Waiting


def postpone_slice(*, row_keys: Sequence[Key], now: datetime) -> SliceReport:
    """Any domain's rows: only where they wait is changed. Idempotent: what is not due any more is skipped."""
    report = SliceReport()
    rows = table.batch_get(Item, row_keys, Waiting, consistent=True)
    report.add("skipped", len(row_keys) - len(rows))
    places = list(rows.items())
    for (key, _), word in zip(places, in_parallel(lambda place: _postpone(*place, now), places), strict=True):
        report.did(word, key.pk.partition("#")[2])
    return report


def _postpone(key: Key, row: Waiting, now: datetime) -> str:
    entry = due.parse(row.due_sort) if row.due_sort else None
    if entry is None or entry.due_at > now:
        return "skipped"
    place = due.due(now + rules.DAY, now=now, shop=entry.shop, kind=entry.kind, id=entry.id)
    actions = [Item.due_bucket.set(place.bucket), Item.due_sort.set(place.sort)]
    return "postponed" if table.update(Item, key, actions, Item.due_sort == row.due_sort, Waiting).won else "skipped"
