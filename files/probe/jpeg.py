"""JPEG: segments up to the frame header that has the dimensions."""

from files.probe import exif, icc
from files.probe.facts import BrokenImage, ImageFacts
from files.probe.source import Source

FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE = frozenset(range(0xD0, 0xD8)) | {0x01}
SCAN, END, APP1, APP2 = 0xDA, 0xD9, 0xE1, 0xE2
ICC_MARK = b"ICC_PROFILE\x00"
MOST_SEGMENTS = 2000


def read(source: Source) -> ImageFacts:
    orientation, taken_at, profile = 1, None, None
    offset = 2
    for _ in range(MOST_SEGMENTS):
        marker, offset = _marker(source, offset)
        if marker in ALONE:
            continue
        length = source.number(offset, 2)
        if marker in (SCAN, END) or length < 2:
            break
        if marker in FRAMES:
            height, width = source.number(offset + 3, 2), source.number(offset + 5, 2)
            return ImageFacts("image/jpeg", width, height, orientation, profile, taken_at)
        if marker == APP1 and (block := source.known(offset + 2, length - 2)) and block.startswith(b"Exif\x00"):
            orientation, taken_at = exif.facts(block)
        if marker == APP2 and profile is None:
            profile = _profile(source, offset + 2, length - 2)
        offset += length
    raise BrokenImage("broken-header", "The JPEG has no readable header.")


def _marker(source: Source, offset: int) -> tuple[int, int]:
    """The marker at an offset and where its segment begins; any number of fill bytes may stand before it."""
    if source.number(offset, 1) != 0xFF:
        raise BrokenImage("broken-header", "The JPEG's header is damaged.")
    for _ in range(1000):
        offset += 1
        marker = source.number(offset, 1)
        if marker != 0xFF:
            return marker, offset + 1
    raise BrokenImage("broken-header", "The JPEG's header is damaged.")


def _profile(source: Source, start: int, length: int) -> str | None:
    block = source.known(start, length)
    if block is None or not block.startswith(ICC_MARK):
        return None
    return icc.name(block[len(ICC_MARK) + 2 :])
