"""WebP: plain (VP8), lossless (VP8L) and extended (VP8X), whose EXIF may stand behind the pixels."""

from files.probe import exif, icc
from files.probe.facts import BrokenImage, ImageFacts
from files.probe.source import Source

HAS_EXIF = 0x08
MOST_CHUNKS = 50
KEY_FRAME = b"\x9d\x01\x2a"


def read(source: Source) -> ImageFacts:
    kind = source.read(12, 4)
    if kind == b"VP8X":
        return _extended(source)
    if kind == b"VP8L" and source.number(20, 1) == 0x2F:
        bits = source.number(21, 4, "little")
        return ImageFacts("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and source.read(23, 3) == KEY_FRAME:
        width, height = source.number(26, 2, "little"), source.number(28, 2, "little")
        return ImageFacts("image/webp", width & 0x3FFF, height & 0x3FFF)
    raise BrokenImage("broken-header", "The WebP's header is damaged.")


def _extended(source: Source) -> ImageFacts:
    flags = source.number(20, 1)
    width, height = source.number(24, 3, "little") + 1, source.number(27, 3, "little") + 1
    orientation, taken_at, profile = 1, None, None
    offset = 30
    for _ in range(MOST_CHUNKS):
        if offset + 8 > source.size or (not flags & HAS_EXIF and source.known(offset, 8) is None):
            break
        kind, length = source.read(offset, 4), source.number(offset + 4, 4, "little")
        if kind == b"ICCP" and (body := source.known(offset + 8, length)) is not None:
            profile = icc.name(body)
        if kind == b"EXIF":
            orientation, taken_at = exif.facts(source.known(offset + 8, length) or b"")
            break
        offset += 8 + length + length % 2
    return ImageFacts("image/webp", width, height, orientation, profile, taken_at)
