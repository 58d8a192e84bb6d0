"""Leafing through an index list, forward and back from any place in it.

A place is the sort key of a row, unique in its list; the rows around it are found whatever came or went meanwhile.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from imagestore.common import table
from imagestore.common.batches import in_parallel
from imagestore.common.rows import Item

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Window:
    """The `limit` rows right after or right before a place; without one, the first."""

    limit: int = 50
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Leaf(Generic[R]):
    """Rows in the order of the list; `first` and `last`: their places; whether there are others on either side."""

    items: list[R]
    first: str = ""
    last: str = ""
    more_before: bool = False
    more_after: bool = False


def leaf(
    model: type[Item],
    record: type[R],
    index: str,
    partitions: Sequence[str],
    window: Window,
    *,
    descending: bool = True,
) -> Leaf[R]:
    """One query for each partition, side by side, and one batch read per 100 rows. Partitions are merged."""
    backward, place = bool(window.before), window.after or window.before
    falling = descending != backward
    low, high = ("", place or table.BEYOND) if falling else (place, table.BEYOND)
    pages = in_parallel(
        # Two more: the place itself, which is left out, and one that tells of others behind.
        lambda part: table.query_index(index, part, limit=window.limit + 2, low=low, high=high, descending=falling),
        partitions,
    )
    entries = [entry for page in pages for entry in page.items if entry.sort != place]
    entries.sort(key=lambda entry: entry.sort, reverse=falling)
    chosen = entries[: window.limit][:: -1 if backward else 1]
    if not chosen:
        return Leaf([], more_before=bool(window.after), more_after=backward)
    rows = table.batch_get(model, [entry.key for entry in chosen], record)
    more = len(entries) > window.limit
    return Leaf(
        [rows[entry.key] for entry in chosen if entry.key in rows],
        chosen[0].sort,
        chosen[-1].sort,
        more_before=more if backward else bool(place),
        more_after=True if backward else more,
    )


def every(model: type[Item], record: type[R], index: str, partition: str) -> Iterator[list[R]]:
    """All rows of one index partition, 100 at a time, as they are when their turn comes."""
    start = None
    while True:
        page = table.query_index(index, partition, limit=table.GET_BATCH, start=start)
        yield list(table.batch_get(model, [entry.key for entry in page.items], record, consistent=True).values())
        start = page.next
        if start is None:
            return
