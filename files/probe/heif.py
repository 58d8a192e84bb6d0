"""HEIC, HEIF and AVIF: the primary item's properties in the container's `meta` box."""

from collections.abc import Iterator
from typing import NamedTuple

from files.probe import exif, icc
from files.probe.facts import BrokenImage, ImageFacts
from files.probe.source import Source

AVIF = {b"avif", b"avis"}
HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
HEIF = {b"mif1", b"msf1", b"mif2"}
MOST_BOXES = 500
MOST_ITEMS = 5000
ORIENTATIONS = {
    (0, None): 1, (0, 1): 2, (2, None): 3, (0, 0): 4, (1, 0): 5, (3, None): 6, (3, 0): 7, (1, None): 8,
    (2, 0): 2, (2, 1): 4, (3, 1): 5, (1, 1): 7,
}  # fmt: skip
"""(quarter turns against the clock, mirror axis applied after) → EXIF orientation."""


class Box(NamedTuple):
    kind: bytes
    start: int
    end: int


def content_type(head: bytes) -> str | None:
    """By the brands of the `ftyp` box; None for other containers, like videos."""
    length = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length, 4))]
    for known, name in ((AVIF, "image/avif"), (HEIC, "image/heic"), (HEIF, "image/heif")):
        if brands[0] in known or (brands[0] in HEIF and known & set(brands)):
            return name
    return None


def read(source: Source) -> ImageFacts:
    meta = next((box for box in _boxes(source, 0, source.size) if box.kind == b"meta"), None)
    if meta is None:
        raise _broken()
    source.read(meta.start, meta.end - meta.start)
    children = {box.kind: box for box in _boxes(source, meta.start + 4, meta.end)}
    if b"pitm" not in children or b"iprp" not in children:
        raise _broken()
    properties = _properties(source, children[b"iprp"], _primary(source, children[b"pitm"]))
    width, height = _dimensions(source, properties)
    return ImageFacts(
        content_type(source.head) or "image/heif",
        width,
        height,
        _orientation(source, properties),
        _profile(source, properties),
        _taken_at(source, children),
    )


def _broken() -> BrokenImage:
    return BrokenImage("broken-header", "The photo's container is damaged.")


def _boxes(source: Source, start: int, end: int) -> Iterator[Box]:
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        size, kind, content = source.number(start, 4), source.read(start + 4, 4), start + 8
        if size == 1:
            size, content = source.number(start + 8, 8), start + 16
        stop = end if size == 0 else start + size
        if stop < content or stop > end:
            raise BrokenImage("truncated", "The file ends too early; it may not have been copied completely.")
        yield Box(kind, content, stop)
        start = stop


def _primary(source: Source, box: Box) -> int:
    return source.number(box.start + 4, 2 if source.number(box.start, 1) == 0 else 4)


def _properties(source: Source, iprp: Box, item: int) -> list[Box]:
    """The properties of an item, in the order in which they apply."""
    parts = list(_boxes(source, iprp.start, iprp.end))
    pool = [box for part in parts if part.kind == b"ipco" for box in _boxes(source, part.start, part.end)]
    for part in parts:
        if part.kind == b"ipma":
            for id, indexes in _associations(source, part):
                if id == item:
                    return [pool[index - 1] for index in indexes if 1 <= index <= len(pool)]
    return []


def _associations(source: Source, box: Box) -> Iterator[tuple[int, list[int]]]:
    version, wide = source.number(box.start, 1), source.number(box.start + 3, 1) & 1
    id_size, index_size = (2 if version == 0 else 4), (2 if wide else 1)
    mask = 0x7FFF if wide else 0x7F
    at = box.start + 8
    for _ in range(min(source.number(box.start + 4, 4), MOST_ITEMS)):
        id, count = source.number(at, id_size), source.number(at + id_size, 1)
        at += id_size + 1
        yield id, [source.number(at + index_size * index, index_size) & mask for index in range(count)]
        at += index_size * count


def _dimensions(source: Source, properties: list[Box]) -> tuple[int, int]:
    """The coded size, or what `clap` leaves of it: encoders pad to whole blocks and cut the padding off again."""
    width = height = 0
    for box in properties:
        if box.kind == b"ispe":
            width, height = source.number(box.start + 4, 4), source.number(box.start + 8, 4)
        if box.kind == b"clap":
            across, across_by, down, down_by = (source.number(box.start + at, 4) for at in (0, 4, 8, 12))
            if across_by and down_by:
                width, height = across // across_by, down // down_by
    return width, height


def _orientation(source: Source, properties: list[Box]) -> int:
    turns, axis = 0, None
    for box in properties:
        if box.kind == b"irot":
            turns = source.number(box.start, 1) & 3
        elif box.kind == b"imir":
            axis = source.number(box.start, 1) & 1
    return ORIENTATIONS[turns, axis]


def _profile(source: Source, properties: list[Box]) -> str | None:
    found = None
    for box in properties:
        if box.kind == b"colr":
            kind = source.read(box.start, 4)
            if kind in (b"prof", b"rICC"):
                return icc.name(source.read(box.start + 4, box.end - box.start - 4))
            found = kind.decode("latin-1") if kind == b"nclx" else found
    return found


def _taken_at(source: Source, children: dict[bytes, Box]) -> str | None:
    """From the EXIF item, if it was read; its orientation is not asked for: the container's own counts."""
    try:
        item = _exif_item(source, children[b"iinf"])
        start, length = _extent(source, children[b"iloc"], item)
    except (KeyError, LookupError, BrokenImage):
        return None
    block = source.known(start, length)
    if block is None or len(block) < 8:
        return None
    return exif.facts(block[4 + int.from_bytes(block[:4], "big") :])[1]


def _exif_item(source: Source, iinf: Box) -> int:
    first = iinf.start + (6 if source.number(iinf.start, 1) == 0 else 8)
    for box in _boxes(source, first, iinf.end):
        version = source.number(box.start, 1)
        id_size = 2 if version == 2 else 4
        if version >= 2 and source.read(box.start + 4 + id_size + 2, 4) == b"Exif":
            return source.number(box.start + 4, id_size)
    raise LookupError("no EXIF item")


def _extent(source: Source, iloc: Box, wanted: int) -> tuple[int, int]:
    """Start and length of an item's first extent, for items that lie in the file itself."""
    version, sizes = source.number(iloc.start, 1), source.number(iloc.start + 4, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    id_size = 2 if version < 2 else 4
    at = iloc.start + 6 + id_size
    for _ in range(min(source.number(at - id_size, id_size), MOST_ITEMS)):
        item, at = source.number(at, id_size), at + id_size + (2 if version else 0) + 2
        base, extents = source.number(at, base_size), source.number(at + base_size, 2)
        at += base_size + 2
        if item == wanted:
            start = source.number(at + index_size, offset_size)
            return base + start, source.number(at + index_size + offset_size, length_size)
        at += extents * (index_size + offset_size + length_size)
    raise LookupError("no such item")
