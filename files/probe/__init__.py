"""What an upload really is, from the head of its bytes: type, pixels, orientation, profile, date.

Reads headers only, never pixels. Safe on any bytes: it answers facts, asks once for one more range, or says
what is wrong in words for the customer.
"""

from files.probe.facts import BrokenImage, ImageFacts, NeedRange
from files.probe.sniff import reader_of
from files.probe.source import Beyond, Source

__all__ = ["HEAD_BYTES", "BrokenImage", "ImageFacts", "NeedRange", "probe"]

HEAD_BYTES = 64 * 1024
MOST_MORE = 256 * 1024


def probe(head: bytes, size: int, more: tuple[int, bytes] | None = None) -> ImageFacts | NeedRange:
    """`head`: the first HEAD_BYTES of an object of `size` bytes. `more`: start and bytes of the range that
    was wanted; with it the answer is never NeedRange. Raises BrokenImage.
    """
    source = Source(head, size, more)
    try:
        facts = reader_of(source)(source)
    except Beyond as gap:
        if more is not None:
            raise BrokenImage(
                "broken-header",
                "Too much other data stands before the picture. Export the photo again and send that.",
            ) from gap
        return _range(gap.start, len(head), size)
    if facts.width < 1 or facts.height < 1:
        raise BrokenImage("no-dimensions", "The photo has no width or no height.")
    return facts


def _range(start: int, known: int, size: int) -> NeedRange:
    """From `start` as far as allowed. What the file's end leaves over is spent on the bytes before:
    TIFF writers put a directory's values on either side of it.
    """
    start = max(known, min(start, size - MOST_MORE))
    return NeedRange(start, min(MOST_MORE, size - start))
