"""Directories of tags, as in TIFF and EXIF: both byte orders, and BigTIFF's wide numbers."""

from typing import NamedTuple

from files.probe.facts import damaged
from files.probe.source import Order, Source

WIDTHS = {
    1: 1, 2: 1, 6: 1, 7: 1, 3: 2, 8: 2, 4: 4, 9: 4, 11: 4, 13: 4, 5: 8, 10: 8, 12: 8, 16: 8, 17: 8, 18: 8,
}  # fmt: skip
"""Bytes of one value, by TIFF's number for its kind."""
WHOLE_NUMBERS = {1, 3, 4, 13, 16, 18}
RATIONAL = 5
MOST_ENTRIES = 1000
MOST_BYTES = 64 * 1024


class Entry(NamedTuple):
    kind: int
    values: int
    at: int
    """Where the value stands: in the entry itself, or wherever the entry points."""


class Tags:
    """The tags of one directory. What was loaded before an error stays."""

    def __init__(self, source: Source) -> None:
        """Raises BrokenImage unless a TIFF header stands at the beginning."""
        orders: dict[bytes, Order] = {b"II": "little", b"MM": "big"}
        mark = source.read(0, 2)
        if mark not in orders:
            raise damaged("TIFF")
        self._source = source
        self._order = orders[mark]
        self._big = self._number(2, 2) == 43
        self._entries: dict[int, Entry] = {}

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def load_first(self) -> None:
        """Loads the directory that the header points to."""
        self.load(self._number(8, 8) if self._big else self._number(4, 4))

    def load(self, start: int) -> None:
        """Loads the directory at `start`. Raises Beyond and BrokenImage."""
        head, width = (8, 20) if self._big else (2, 12)
        count = self._number(start, head)
        if not 1 <= count <= MOST_ENTRIES:
            raise damaged("TIFF")
        first = start + head
        for at in range(first, first + count * width, width):
            self._entries.setdefault(self._number(at, 2), self._entry(at))

    def number(self, tag: int) -> int | None:
        """A tag's first number; None when it has none or the number was not read."""
        kind, values, at = self._entries.get(tag, Entry(0, 0, 0))
        width = WIDTHS.get(kind, 0)
        number = self._source.peek(at, width)
        known = kind in WHOLE_NUMBERS and values > 0 and len(number) == width
        return int.from_bytes(number, self._order) if known else None

    def block(self, tag: int) -> bytes:
        """What was read of a tag whose values are bytes."""
        _kind, values, at = self._entries.get(tag, Entry(0, 0, 0))
        return self._source.peek(at, min(values, MOST_BYTES))

    def rationals(self, tag: int, most: int = 3) -> list[float]:
        """The first fractions of a tag; none when one of them was not read or has no meaning."""
        kind, values, at = self._entries.get(tag, Entry(0, 0, 0))
        number = min(values, most)
        raw = self._source.peek(at, 8 * number)
        if kind != RATIONAL or len(raw) < 8 * number:
            return []
        whole = [int.from_bytes(raw[start : start + 4], self._order) for start in range(0, len(raw), 4)]
        return [over / under for over, under in zip(whole[::2], whole[1::2], strict=True) if under]

    def _entry(self, at: int) -> Entry:
        wide = 8 if self._big else 4
        kind, values, place = self._number(at + 2, 2), self._number(at + 4, wide), at + 4 + wide
        inside = WIDTHS.get(kind, 1) * values <= wide
        return Entry(kind, values, place if inside else self._number(place, wide))

    def _number(self, start: int, length: int) -> int:
        return self._source.number(start, length, self._order)
