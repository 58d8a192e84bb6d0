"""A domain's marks of a legal hold, found and brought to what the hold says.

Of a customer they are found in the lists of the customer and its visits, and cut by places in them: whatever leaves a
list meanwhile moves no border.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from imagestore.common import table
from imagestore.common.batches import chunks
from imagestore.common.contracts import Part, SliceReport
from imagestore.common.rows import Key
from imagestore.common.table import BEYOND, IndexEntry
from imagestore.common.transaction import TransactionLost, Write
from imagestore.holds import queries
from imagestore.holds.operations.settling import finish_part, mark, plan
from imagestore.holds.records import Hold
from imagestore.holds.rules import PLAN

LISTED_AT_ONCE = 1_000
PART_ITEMS = 297
"""Three transactions of 99 marks and a check."""


class Marked(NamedTuple):
    """What a hold on a customer marks. `listed(shop, owner, low, high)`: rows to mark, each with its place in a list.

    `row(id)`: of one. `writes(hold, keys, now)`: those that are still needed, or to be taken back.
    """

    kind: str
    listed: Callable[[str, str, str, str], Iterable[IndexEntry]]
    row: Callable[[str], Key]
    writes: Callable[[Hold, Sequence[Key], datetime], list[Write]]


class Marker(NamedTuple):
    """A domain. `task` does a part; `visits(shop, owner)`: the owners that a customer's visits are."""

    domain: str
    task: str
    visits: Callable[[str, str], Iterable[str]]
    marked: Sequence[Marked]


def settle(marker: Marker, hold_id: str, now: datetime) -> None:
    """Plans the marks of what a customer has, or takes the mark from the one thing that a released hold stood on."""
    hold = queries.find_hold(hold_id)
    if hold is None or not getattr(hold, f"left_in_{marker.domain}"):
        return
    if hold.kind == "customer":
        plan(hold, marker.domain, marker.task, list(_parts(marker, hold)), now)
        return
    for one in marker.marked:
        if one.kind == hold.kind:
            mark(hold, one.writes(hold, [one.row(hold.of)], now))
    finish_part(hold, marker.domain, PLAN)


def settle_part(
    marker: Marker, *, hold_id: str, part: str, kind: str, owner: str, low: str, high: str, now: datetime
) -> SliceReport:
    """What lies within the places. A part that comes too late changes nothing."""
    report, hold = SliceReport(), queries.find_hold(hold_id)
    if hold is None:
        return report
    one = next(one for one in marker.marked if one.kind == kind)
    found, changed = [entry.key for entry in one.listed(hold.shop, owner, low, high)], 0
    try:
        changed = mark(hold, one.writes(hold, found, now))
        finish_part(hold, marker.domain, part)
    except TransactionLost:
        # It was released at this moment: those who take the marks off follow.
        pass
    report.add("held" if hold.stands else "released", changed)
    report.add("skipped", len(found) - changed)
    return report


def listed(partition: str, low: str = "", high: str = BEYOND) -> Iterator[IndexEntry]:
    """Of a list in `by_owner`."""
    start = None
    while True:
        page = table.query_index("by_owner", partition, low=low, high=high, limit=LISTED_AT_ONCE, start=start)
        yield from page.items
        start = page.next
        if start is None:
            return


def _parts(marker: Marker, hold: Hold) -> Iterator[Part]:
    owners = [hold.subject, *marker.visits(hold.shop, hold.subject)]
    for one, owner in ((one, owner) for one in marker.marked for owner in owners):
        for few in chunks(one.listed(hold.shop, owner, "", BEYOND), PART_ITEMS):
            places = {"low": few[0].sort, "high": few[-1].sort}
            yield Part(items=len(few), payload={"hold_id": hold.id, "kind": one.kind, "owner": owner, **places})
