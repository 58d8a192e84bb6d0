"""Boxes of the ISO base media file format, and a `meta` box's tables of items (ISO 14496-12, 23008-12)."""

from collections.abc import Iterator
from typing import NamedTuple

from files.probe.facts import damaged, truncated
from files.probe.source import Source

MOST_BOXES = 5000
MOST_ITEMS = 5000


class Box(NamedTuple):
    """`start` and `end` of its content."""

    kind: bytes
    start: int
    end: int


def boxes(source: Source, start: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets, side by side; the caller goes deeper. Raises Beyond and BrokenImage."""
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        size, kind, content = source.number(start, 4), source.read(start + 4, 4), start + 8
        if size == 1:
            size, content = source.number(start + 8, 8), start + 16
        stop = end if size == 0 else start + size
        if stop > end == source.size:
            raise truncated()
        if not content <= stop <= end:
            raise damaged("HEIC or AVIF")
        yield Box(kind, content, stop)
        start = stop


def primary_item(source: Source, pitm: Box) -> int:
    return source.number(pitm.start + 4, 2 if source.number(pitm.start, 1) == 0 else 4)


def properties(source: Source, iprp: Box, item: int) -> list[Box]:
    """The properties of an item, in the order in which they apply."""
    parts = list(boxes(source, iprp.start, iprp.end))
    pool = [box for part in parts if part.kind == b"ipco" for box in boxes(source, part.start, part.end)]
    tables = (_associated(source, part, item) for part in parts if part.kind == b"ipma")
    indexes = next(filter(None, tables), [])
    return [pool[index - 1] for index in indexes if 1 <= index <= len(pool)]


def _associated(source: Source, ipma: Box, wanted: int) -> list[int]:
    """Indexes, from 1, into the pool of properties."""
    version, wide = source.number(ipma.start, 1), source.number(ipma.start + 3, 1) & 1
    id_size, size = (2 if version == 0 else 4), (2 if wide else 1)
    mask = 0x7FFF if wide else 0x7F  # the highest bit says that a reader must know the property
    at = ipma.start + 8
    for _ in range(min(source.number(ipma.start + 4, 4), MOST_ITEMS)):
        if at >= ipma.end:
            break
        item, count = source.number(at, id_size), source.number(at + id_size, 1)
        at += id_size + 1
        if item == wanted:
            return [source.number(at + size * index, size) & mask for index in range(count)]
        at += size * count
    return []


def item_of_kind(source: Source, iinf: Box, kind: bytes) -> int | None:
    """The id of the first item of a kind."""
    first = iinf.start + (6 if source.number(iinf.start, 1) == 0 else 8)
    for infe in boxes(source, first, iinf.end):
        version = source.number(infe.start, 1)
        id_size = 2 if version == 2 else 4
        if version >= 2 and source.read(infe.start + 4 + id_size + 2, 4) == kind:
            return source.number(infe.start + 4, id_size)
    return None


def extent(source: Source, iloc: Box, wanted: int) -> tuple[int, int] | None:
    """Start and length of an item's first extent, if it lies in the file itself and not in another box."""
    version, sizes = source.number(iloc.start, 1), source.number(iloc.start + 4, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    id_size, method_size = (2 if version < 2 else 4), (2 if version else 0)
    at = iloc.start + 6 + id_size
    for _ in range(min(source.number(iloc.start + 6, id_size), MOST_ITEMS)):
        if at >= iloc.end:
            break
        item, method = source.number(at, id_size), source.number(at + id_size, method_size)
        at += id_size + method_size + 2
        base, extents = source.number(at, base_size), source.number(at + base_size, 2)
        at += base_size + 2
        if item == wanted:
            start = at + index_size
            place = base + source.number(start, offset_size), source.number(start + offset_size, length_size)
            return place if extents and method & 15 == 0 else None
        at += extents * (index_size + offset_size + length_size)
    return None
