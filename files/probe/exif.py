"""The two facts that EXIF is asked for. Nothing wrong in EXIF spoils a good photo."""

import re
import struct

ORIENTATION, EXIF_IFD, TAKEN = 0x0112, 0x8769, 0x9003
MOST_ENTRIES = 1000
_DATE = re.compile(rb"(\d{4}):(\d\d):(\d\d)[ T](\d\d):(\d\d):(\d\d)")
Order = str


def facts(block: bytes) -> tuple[int, str | None]:
    """(orientation, taken_at) of a TIFF-structured EXIF block; (1, None) for what cannot be read."""
    block = block.removeprefix(b"Exif\x00\x00")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return 1, None
    try:
        first = _entries(block, struct.unpack_from(f"{order}I", block, 4)[0], order)
        inner = _entries(block, _number(first[EXIF_IFD], order), order) if EXIF_IFD in first else {}
        return _orientation(first, order), _taken(block, inner, order)
    except struct.error:
        return 1, None


def date(text: bytes) -> str | None:
    """ISO 8601 from EXIF's way of writing a moment; None for zeros and nonsense."""
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups())
    sane = year and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}" if sane else None


def _entries(block: bytes, offset: int, order: Order) -> dict[int, bytes]:
    """Raw 12-byte entries by tag, of one directory."""
    count = min(struct.unpack_from(f"{order}H", block, offset)[0], MOST_ENTRIES)
    entries: dict[int, bytes] = {}
    for index in range(count):
        start = offset + 2 + 12 * index
        entry = block[start : start + 12]
        if len(entry) < 12:
            break
        entries.setdefault(struct.unpack_from(f"{order}H", entry)[0], entry)
    return entries


def _number(entry: bytes, order: Order) -> int:
    kind: int = struct.unpack_from(f"{order}H", entry, 2)[0]
    number: int = struct.unpack_from(f"{order}H" if kind == 3 else f"{order}I", entry, 8)[0]
    return number


def _orientation(entries: dict[int, bytes], order: Order) -> int:
    value = _number(entries[ORIENTATION], order) if ORIENTATION in entries else 1
    return value if 1 <= value <= 8 else 1


def _taken(block: bytes, entries: dict[int, bytes], order: Order) -> str | None:
    if TAKEN not in entries:
        return None
    offset = struct.unpack_from(f"{order}I", entries[TAKEN], 8)[0]
    return date(block[offset : offset + 19])
