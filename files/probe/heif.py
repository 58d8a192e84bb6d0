"""HEIC, HEIF and AVIF: the primary item's properties in the container's `meta` box."""

from contextlib import suppress

from files.probe import exif, icc
from files.probe.facts import BrokenImage, ImageFacts, damaged
from files.probe.isobmff import Box, boxes, extent, item_of_kind, primary_item, properties
from files.probe.source import Beyond, Source

CODECS = {
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "image/heic"),
}
GENERAL = {b"mif1", b"msf1", b"mif2"}
MOST_BRANDS = 64
MOST_EXIF = 64 * 1024
ORIENTATIONS = {
    (False, 0): 1, (True, 0): 2, (False, 2): 3, (True, 2): 4,
    (True, 1): 5, (False, 3): 6, (True, 3): 7, (False, 1): 8,
}  # fmt: skip
"""(mirrored left to right, then so many quarter turns against the clock) → EXIF orientation."""


def content_type(head: bytes) -> str | None:
    """By the brands of the `ftyp` box; None for other containers, like videos."""
    end = min(int.from_bytes(head[:4], "big"), 16 + 4 * MOST_BRANDS)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]
    general = "image/heif" if GENERAL & set(brands) else None
    return next((CODECS[brand] for brand in brands if brand in CODECS), general)


def read(source: Source) -> ImageFacts:
    meta = next((box for box in boxes(source, 0, source.size) if box.kind == b"meta"), None)
    if meta is None:
        raise damaged("HEIC or AVIF")
    source.read(meta.start, meta.end - meta.start)
    with suppress(Beyond):
        next(boxes(source, meta.end, source.size), None)  # pixels that the file does not have
    parts = {box.kind: box for box in boxes(source, meta.start + 4, meta.end)}
    if b"pitm" not in parts or b"iprp" not in parts:
        raise damaged("HEIC or AVIF")
    own = properties(source, parts[b"iprp"], primary_item(source, parts[b"pitm"]))
    return ImageFacts(
        content_type(source.head) or "image/heif",
        *_dimensions(source, own),
        _orientation(source, own),
        _profile(source, own),
        _taken_at(source, parts),
    )


def _dimensions(source: Source, own: list[Box]) -> tuple[int, int]:
    """The coded size, or what `clap` leaves of it: encoders pad to whole blocks, then cut the padding off."""
    width = height = 0
    for box in own:
        if box.kind == b"ispe":
            width, height = source.number(box.start + 4, 4), source.number(box.start + 8, 4)
        elif box.kind == b"clap":
            across, across_by, down, down_by = (source.number(box.start + at, 4) for at in (0, 4, 8, 12))
            if 0 < across_by <= across <= width * across_by and 0 < down_by <= down <= height * down_by:
                width, height = across // across_by, down // down_by
    return width, height


def _orientation(source: Source, own: list[Box]) -> int:
    """Turns and mirrors in their own order, brought into the order of ORIENTATIONS."""
    mirrored, turns = False, 0
    for box in own:
        if box.kind == b"irot":
            turns += source.number(box.start, 1)
        elif box.kind == b"imir":
            top_to_bottom = source.number(box.start, 1) & 1 == 0  # that is left to right and half a turn
            mirrored, turns = not mirrored, (2 if top_to_bottom else 0) - turns
    return ORIENTATIONS[mirrored, turns % 4]


def _profile(source: Source, own: list[Box]) -> str | None:
    colours = [box for box in own if box.kind == b"colr" and box.end >= box.start + 4]
    for box in colours:
        if source.read(box.start, 4) in (b"prof", b"rICC"):
            return icc.name(source.read(box.start + 4, box.end - box.start - 4))
    return "nclx" if colours else None


def _taken_at(source: Source, parts: dict[bytes, Box]) -> str | None:
    """From the EXIF item, if it was read; its orientation is not asked for: the container's own counts."""
    if b"iinf" not in parts or b"iloc" not in parts:
        return None
    place = None
    with suppress(BrokenImage, Beyond):
        item = item_of_kind(source, parts[b"iinf"], b"Exif")
        place = extent(source, parts[b"iloc"], item) if item is not None else None
    if place is None:
        return None
    start, length = place
    block = source.peek(start, min(length, MOST_EXIF))
    return exif.facts(block[4 + int.from_bytes(block[:4], "big") :]).taken_at
