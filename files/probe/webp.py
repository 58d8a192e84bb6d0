"""WebP: plain (VP8), lossless (VP8L) and extended (VP8X), whose EXIF stands behind the pixels."""

from files.probe import exif, icc
from files.probe.facts import ImageFacts, damaged, truncated
from files.probe.source import Beyond, Source

HAS_EXIF, HAS_PROFILE = 0x08, 0x20
MOST_CHUNKS = 1000
MOST_EXIF = 64 * 1024
KEY_FRAME = b"\x9d\x01\x2a"
LOSSLESS = 0x2F


def read(source: Source) -> ImageFacts:
    promised = source.number(4, 4, "little") + 8
    if promised > source.size + 1:  # some writers leave out the last padding byte
        raise truncated()
    kind = source.read(12, 4)
    if kind == b"VP8X":
        return _extended(source)
    if kind == b"VP8L" and source.number(20, 1) == LOSSLESS:
        bits = source.number(21, 4, "little")
        return ImageFacts("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and source.read(23, 3) == KEY_FRAME:
        width, height = source.number(26, 2, "little"), source.number(28, 2, "little")
        return ImageFacts("image/webp", width & 0x3FFF, height & 0x3FFF)
    raise damaged("WebP")


def _extended(source: Source) -> ImageFacts:
    flags = source.number(20, 1)
    width, height = source.number(24, 3, "little") + 1, source.number(27, 3, "little") + 1
    profile = icc.name(_chunk(source, b"ICCP")) if flags & HAS_PROFILE else None
    orientation, taken_at = exif.facts(_chunk(source, b"EXIF")) if flags & HAS_EXIF else exif.NOTHING
    return ImageFacts("image/webp", width, height, orientation, profile, taken_at)


def _chunk(source: Source, wanted: bytes) -> bytes:
    """A chunk's bytes; none when it is missing, or lies where the last read did not reach. Raises Beyond."""
    offset = 30
    try:
        for _ in range(MOST_CHUNKS):
            if offset + 8 > source.size:
                break
            kind, length = source.read(offset, 4), source.number(offset + 4, 4, "little")
            if kind == wanted:
                return source.read(offset + 8, min(length, MOST_EXIF, source.size - offset - 8))
            offset += 8 + length + length % 2
    except Beyond:
        if not source.last:
            raise
    return b""
