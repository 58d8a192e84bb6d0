"""JPEG: segments up to the frame header that has the dimensions."""

from files.probe import exif, icc, jpeg_runs
from files.probe.facts import ImageFacts, damaged
from files.probe.source import Source

FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE = frozenset(range(0xD0, 0xD8)) | {0x01}
SCAN, END, APP1, APP2 = 0xDA, 0xD9, 0xE1, 0xE2
MOST_SEGMENTS = 2000
MOST_FILL = 1000


def read(source: Source) -> ImageFacts:
    found, profile = None, None
    offset = 2
    for _ in range(MOST_SEGMENTS):
        marker, offset = _marker(source, offset)
        if marker in ALONE:
            continue
        length, body = source.number(offset, 2), offset + 2
        if marker in FRAMES:
            height, width = source.number(body + 1, 2), source.number(body + 3, 2)
            orientation, taken_at = found or exif.NOTHING
            return ImageFacts("image/jpeg", width, height, orientation, profile, taken_at)
        if marker in (SCAN, END) or length < 2:
            break
        start = source.read(body, min(length - 2, jpeg_runs.OPENING))
        if marker == APP1 and found is None and start.startswith(exif.MARK):
            found = exif.facts(source.read(body, length - 2))
        if marker == APP2 and profile is None and start.startswith(jpeg_runs.ICC_MARK):
            profile = icc.name(source.peek(body, length - 2)[jpeg_runs.ICC_OPENING :])
        offset = jpeg_runs.end(source, offset - 2, length, start) or offset + length
    raise damaged("JPEG")


def _marker(source: Source, offset: int) -> tuple[int, int]:
    """The marker at an offset and where its segment begins; fill bytes may stand before it."""
    if source.number(offset, 1) != 0xFF:
        raise damaged("JPEG")
    for at in range(offset + 1, offset + 1 + MOST_FILL):
        marker = source.number(at, 1)
        if marker != 0xFF:
            return marker, at + 1
    raise damaged("JPEG")
