"""PNG: the IHDR chunk, then what stands before the pixels."""

from files.probe import exif
from files.probe.facts import BrokenImage, ImageFacts
from files.probe.source import Source

MOST_CHUNKS = 200
BEFORE_PIXELS = {b"iCCP", b"eXIf", b"sRGB"}


def read(source: Source) -> ImageFacts:
    if source.read(12, 4) != b"IHDR":
        raise BrokenImage("broken-header", "The PNG's header is damaged.")
    width, height = source.number(16, 4), source.number(20, 4)
    chunks = _chunks(source)
    orientation, taken_at = exif.facts(chunks.get(b"eXIf", b""))
    profile = chunks[b"iCCP"].partition(b"\x00")[0].decode("latin-1")[:64] if b"iCCP" in chunks else None
    if b"sRGB" in chunks:
        profile = "sRGB"
    return ImageFacts("image/png", width, height, orientation, profile, taken_at)


def _chunks(source: Source) -> dict[bytes, bytes]:
    """Those that are wanted and known; nothing here is worth another read."""
    found: dict[bytes, bytes] = {}
    offset = 33
    for _ in range(MOST_CHUNKS):
        header = source.known(offset, 8)
        if header is None or header[4:] in (b"IDAT", b"IEND"):
            break
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        if kind in BEFORE_PIXELS and (body := source.known(offset + 8, length)) is not None:
            found[kind] = body
        offset += 12 + length
    return found
