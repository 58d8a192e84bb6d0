"""ZIP archives that are written once, front to back, whatever takes the bytes: the same entries make the same bytes.

Nothing is compressed, since photos hardly shrink. Lengths and checksums follow each entry, because nobody can go back
to its beginning: fine for all who read the directory at the end, which is nearly everyone.
"""

import zipfile
from collections.abc import Iterable
from typing import NamedTuple, Protocol

LARGEST_PLAIN = 2**31 - 1
"""Bytes up to which an entry is written without ZIP64."""
SYSTEM_UNIX, REGULAR_FILE = 3, 0o100644 << 16
OF_ENTRY, OF_ARCHIVE = 160, 128
"""Bytes that an entry takes at most besides twice its name and its content, and an archive besides its entries."""


class Sink(Protocol):
    """What takes the bytes, as a file does; it need not tell nor seek."""

    def write(self, piece: bytes, /) -> int: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...


class Entry(NamedTuple):
    """`size`: how many bytes `pieces` have together, which is known before."""

    name: str
    size: int
    pieces: Iterable[bytes]


def write(into: Sink, entries: Iterable[Entry]) -> None:
    """`entries` may be made one by one: each is written before the next is asked for."""
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            _write(archive, entry)


def largest(entries: Iterable[tuple[str, int]]) -> int:
    """Bytes that an archive of entries with these names and sizes has at most."""
    return OF_ARCHIVE + sum(size + 2 * len(name.encode()) + OF_ENTRY for name, size in entries)


def _write(archive: zipfile.ZipFile, entry: Entry) -> None:
    told = zipfile.ZipInfo(entry.name, (1980, 1, 1, 0, 0, 0))
    told.create_system, told.external_attr, told.file_size = SYSTEM_UNIX, REGULAR_FILE, entry.size
    with archive.open(told, "w", force_zip64=entry.size > LARGEST_PLAIN) as opened:
        for piece in entry.pieces:
            opened.write(piece)
