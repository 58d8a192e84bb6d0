"""The daily recount: a seventh of each shop's customers, so that everybody comes round in a week.

Of all their files each row is read, so a daily count of everything would cost a good part of what storing costs.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from zlib import crc32

from files import keys
from files.models import OwnerRow
from files.operations import recounting
from files.operations.recounting import Counted, Outcome
from imagestore.common import due, table
from imagestore.common.batches import PARALLEL, chunks, in_parallel
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Key

TURNS = 7
MOST_OWNERS = 500
LONGEST_SECONDS = 20
"""Whichever comes first ends a slice; what is left becomes another."""
PAGE = 1000


def recount_slice(
    *, shop: str, turn: int, dry_run: bool, now: datetime, list_number: int = 0, after: str = ""
) -> tuple[SliceReport, dict[str, Any]]:
    """Customers of a shop whose turn it is, from a place in its lists on; and where another slice goes on, if any.

    A difference is noted, and then looked at again by the sweep. One customer that fails does not stop the others.
    """
    report, began = SliceReport(), time.monotonic()
    owners = _owners_in_turn(shop, turn, list_number, after)
    for some in chunks(islice(owners, MOST_OWNERS), PARALLEL):
        outcomes = in_parallel(lambda place: _looked_at(shop, place[1], dry_run, now), some)
        for (_, owner), outcome in zip(some, outcomes, strict=True):
            _tell(report, owner, outcome)
        list_number, after = some[-1]
        if time.monotonic() - began > LONGEST_SECONDS:
            break
    if next(owners, None) is None:
        return report, {}
    return report, {"shop": shop, "turn": turn, "dry_run": dry_run, "list_number": list_number, "after": after}


def sweep_usage(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """The second look at differences that were noted."""
    report, rows = SliceReport(), table.batch_get(OwnerRow, row_keys, Counted, consistent=True)
    report.add("skipped", len(row_keys) - len(rows))
    for key, counted in rows.items():
        if not counted.due_sort:
            report.add("skipped")
            continue
        waiting = due.parse(counted.due_sort)
        outcome = _looked_at(waiting.shop, waiting.id, dry_run, now)
        if isinstance(outcome, Outcome):
            report.did(outcome, waiting.id)
            if not dry_run and outcome in (Outcome.RIGHT, Outcome.BUSY):
                recounting.look_again(key, counted.due_sort, later=outcome == Outcome.BUSY, now=now)
        else:
            report.fail(waiting.id, key, outcome)
    return report


def _owners_in_turn(shop: str, turn: int, list_number: int, after: str) -> Iterator[tuple[int, str]]:
    """With the list that each stands in. Only index entries are read: 1,000 in a query."""
    for number, partition in islice(enumerate(keys.all_owners_of_shop(shop)), list_number, None):
        start: dict[str, str] | None = None
        while True:
            page = table.query_index("by_attention", partition, low=after, limit=PAGE, start=start)
            mine = (entry.sort for entry in page.items if crc32(entry.sort.encode()) % TURNS == turn % TURNS)
            yield from ((number, owner) for owner in mine if owner != after)
            start = page.next
            if start is None:
                break
        after = ""


def _looked_at(shop: str, owner: str, dry_run: bool, now: datetime) -> Outcome | str:
    """Or why it failed."""
    try:
        return recounting.recount(shop=shop, owner=owner, now=now, dry_run=dry_run).outcome
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _tell(report: SliceReport, owner: str, outcome: Outcome | str) -> None:
    """One by one only what is wrong: a slice is a row."""
    if not isinstance(outcome, Outcome):
        report.fail(owner, None, outcome)
    elif outcome in (Outcome.NOTED, Outcome.CORRECTED):
        report.did(outcome, owner)
    else:
        report.add(outcome)
