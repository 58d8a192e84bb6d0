"""PNG: the IHDR chunk, then whatever of EXIF and profile was read."""

import zlib

from files.probe import exif, icc
from files.probe.facts import ImageFacts, damaged, truncated
from files.probe.source import Source

IHDR = b"\x00\x00\x00\x0dIHDR"
FIRST_AFTER = 33
MOST_CHUNKS = 1000


def read(source: Source) -> ImageFacts:
    if source.read(8, 8) != IHDR:
        raise damaged("PNG")
    width, height = source.number(16, 4), source.number(20, 4)
    chunks = _chunks(source)
    orientation, taken_at = exif.facts(chunks.get(b"eXIf", b""))
    profile = _profile(chunks[b"iCCP"]) if b"iCCP" in chunks else None
    return ImageFacts("image/png", width, height, orientation, profile, taken_at)


def _chunks(source: Source) -> dict[bytes, bytes]:
    """Those that are wanted, as far as they were read; nothing here is worth another read."""
    found: dict[bytes, bytes] = {}
    offset = FIRST_AFTER
    for _ in range(MOST_CHUNKS):
        header = source.peek(offset, 8)
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        if len(header) < 8 or kind == b"IEND":
            break
        if offset + length + 12 > source.size:
            raise truncated()
        if kind in (b"iCCP", b"eXIf"):
            found.setdefault(kind, source.peek(offset + 8, length))
        offset += length + 12
    return found


def _profile(chunk: bytes) -> str:
    """Of a chunk: a label that says nothing, the method, and the packed profile, unpacked within a limit."""
    packed = chunk.partition(b"\x00")[2][1:]
    try:
        return icc.name(zlib.decompressobj().decompress(packed, icc.MOST_BYTES))
    except zlib.error:
        return icc.UNNAMED
