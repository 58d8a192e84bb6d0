"""Runs of JPEG segments that together hold one block too large for a segment.

Press profiles (over 500 KB) and extended XMP (depth maps) put the frame header farther away than one more
read reaches by walking. The first segment of a run tells how long the whole is, so its end can be computed.
"""

from files.probe.source import Source

ICC_MARK = b"ICC_PROFILE\x00"
ICC_OPENING = len(ICC_MARK) + 2
"""The mark, the segment's number, the count of segments; the profile follows, first of all its size."""
XMP_MARK = b"http://ns.adobe.com/xmp/extension/\x00"
OPENING = len(XMP_MARK) + 32 + 4 + 4
"""The mark, a digest, the size of the whole and the place of this part in it; no other opening is longer."""
FRAME = 4
"""A segment's marker and length."""
LONG = 192 * 1024


def end(source: Source, start: int, length: int, opening: bytes) -> int | None:
    """Where a long run ends whose first segment, `length` bytes after its marker, stands at `start`.

    None for other segments, for short runs, and for runs whose numbers contradict each other.
    """
    size = None
    if opening.startswith(ICC_MARK):
        size = _icc_size(opening, length - 2 - ICC_OPENING)
    elif opening.startswith(XMP_MARK):
        size = _xmp_size(opening, length - 2 - OPENING)
    return start + size if size and size > LONG and start + size < source.size else None


def _icc_size(opening: bytes, room: int) -> int | None:
    if len(opening) < ICC_OPENING + 4:
        return None
    number, count = opening[ICC_OPENING - 2], opening[ICC_OPENING - 1]
    size = int.from_bytes(opening[ICC_OPENING : ICC_OPENING + 4], "big")
    fits = number == 1 and (count - 1) * room < size <= count * room
    return size + count * (FRAME + ICC_OPENING) if fits else None


def _xmp_size(opening: bytes, room: int) -> int | None:
    size, place = int.from_bytes(opening[67:71], "big"), int.from_bytes(opening[71:75], "big")
    if place != 0 or room < 1:
        return None
    count = -(-size // room)
    return size + count * (FRAME + OPENING)
