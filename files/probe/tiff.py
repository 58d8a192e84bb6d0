"""TIFF and BigTIFF, both byte orders: the first directory, wherever in the file it lies."""

from files.probe import exif, icc
from files.probe.facts import BrokenImage, ImageFacts
from files.probe.source import Source

WIDTH, HEIGHT, ORIENTATION, PROFILE, EXIF_IFD, DNG_VERSION = 256, 257, 274, 34675, 34665, 50706
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 13: 4, 16: 8}
MOST_ENTRIES = 1000
RAW = BrokenImage("not-an-image", "This is a camera's raw file, not a photo that can be printed. Send a JPEG or TIFF.")


class _Directory:
    """Entries of the first directory: tag → (kind, count, where its value stands)."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.order = "little" if source.read(0, 2) == b"II" else "big"
        self.big = source.number(2, 2, self.order) == 43
        self.entries = self._read(self._number(8, 8) if self.big else self._number(4, 4))

    def _number(self, start: int, length: int) -> int:
        return self.source.number(start, length, self.order)

    def _read(self, start: int) -> dict[int, tuple[int, int, int]]:
        head, width, value = (8, 20, 12) if self.big else (2, 12, 8)
        count = self._number(start, head)
        if not 1 <= count <= MOST_ENTRIES:
            raise BrokenImage("broken-header", "The TIFF's directory is damaged.")
        self.source.read(start + head, count * width)
        entries: dict[int, tuple[int, int, int]] = {}
        for at in range(start + head, start + head + count * width, width):
            tag, kind = self._number(at, 2), self._number(at + 2, 2)
            entries.setdefault(tag, (kind, self._number(at + 4, 8 if self.big else 4), at + value))
        return entries

    def number(self, tag: int) -> int | None:
        """The first number of a tag that holds small numbers in its entry."""
        kind, _count, at = self.entries.get(tag, (0, 0, 0))
        return self._number(at, SIZES[kind]) if kind in SIZES else None

    def block(self, tag: int) -> bytes | None:
        """A tag's bytes, if they were read."""
        if tag not in self.entries:
            return None
        _kind, count, at = self.entries[tag]
        return self.source.known(self._number(at, 8 if self.big else 4), count)


def read(source: Source) -> ImageFacts:
    if source.known(8, 2) == b"CR":
        raise RAW
    directory = _Directory(source)
    if DNG_VERSION in directory.entries:
        raise RAW
    orientation = directory.number(ORIENTATION) or 1
    profile = directory.block(PROFILE)
    named = icc.name(profile) if profile else "embedded" if PROFILE in directory.entries else None
    return ImageFacts(
        "image/tiff",
        directory.number(WIDTH) or 0,
        directory.number(HEIGHT) or 0,
        orientation if 1 <= orientation <= 8 else 1,
        named,
        exif.facts(source.head)[1] if not directory.big else None,
    )
