"""The two facts that EXIF is asked for. Nothing wrong in EXIF spoils a good photo."""

import re
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from files.probe.facts import BrokenImage
from files.probe.ifd import Tags
from files.probe.source import Beyond, Source

MARK = b"Exif\x00\x00"
ORIENTATION, EXIF_IFD, TAKEN = 0x0112, 0x8769, 0x9003
_MOMENT = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)", re.ASCII)


class ExifFacts(NamedTuple):
    orientation: int
    taken_at: str | None


NOTHING = ExifFacts(1, None)


def facts(block: bytes) -> ExifFacts:
    """Of a block of EXIF, with or without its mark, perhaps cut off; NOTHING for what cannot be read."""
    block_source = source(block)
    try:
        tags = Tags(block_source)
    except BrokenImage:
        return NOTHING
    with suppress(BrokenImage):
        tags.load_first()
    return ExifFacts(orientation(tags), taken_at(block_source, tags))


def source(block: bytes | None) -> Source:
    """To read tags from a block of EXIF, with or without its mark."""
    block = (block or b"").removeprefix(MARK)
    return Source(block, len(block))


def orientation(tags: Tags) -> int:
    value = tags.number(ORIENTATION) or 1
    return value if 1 <= value <= 8 else 1


def taken_at(source: Source, tags: Tags) -> str | None:
    """DateTimeOriginal of the EXIF directory that the first directory points to."""
    inner = Tags(source)
    with suppress(BrokenImage, Beyond):
        inner.load(tags.number(EXIF_IFD) or source.size)
    return _moment(inner.block(TAKEN))


def _moment(text: bytes) -> str | None:
    """ISO 8601 from EXIF's way of writing a moment; None for zeros and nonsense."""
    found = _MOMENT.match(text.decode("latin-1"))
    if found is None:
        return None
    try:
        return datetime.fromisoformat("{}-{}-{}T{}".format(*found.groups())).isoformat()
    except ValueError:
        return None
