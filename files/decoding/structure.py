"""How many parts a file is made of. Decoders walk them all before anybody sees a pixel."""

from typing import BinaryIO

from files.decoding import limits
from files.probe import BrokenImage
from files.probe.facts import damaged, truncated

PNG_START = 8
TEXTS = (b"tEXt", b"zTXt", b"iTXt")


def check(file: BinaryIO, content_type: str) -> None:
    """Raises BrokenImage for more parts than any photo has."""
    walk = {"image/png": _walk_png, "image/tiff": _walk_tiff}.get(content_type)
    if walk is not None:
        walk(file)


def _walk_png(file: BinaryIO) -> None:
    """Chunk after chunk, without their content. Pillow limits what texts unpack to."""
    texts, offset = 0, PNG_START
    for _ in range(limits.MOST_CHUNKS):
        file.seek(offset)
        header = file.read(8)
        if len(header) < 8:
            raise truncated()
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        if kind == b"IEND":
            return
        texts += length if kind in TEXTS else 0
        if texts > limits.MOST_TEXT:
            raise BrokenImage("too-much-text", "The PNG carries more text than a photo needs. Export it without.")
        offset += length + 12
    raise BrokenImage("too-many-parts", "The PNG is made of too many parts. Export the photo again.")


def _walk_tiff(file: BinaryIO) -> None:
    """From directory to directory. They may lie anywhere, so that a chain can be endless or a loop."""
    head = file.read(16)
    order = "little" if head[:2] == b"II" else "big"
    big = int.from_bytes(head[2:4], order) == 43  # type: ignore[arg-type]
    count_bytes, entry_bytes, offset_bytes = (8, 20, 8) if big else (2, 12, 4)

    def number(at: int, length: int) -> int:
        file.seek(at)
        return int.from_bytes(file.read(length), order)  # type: ignore[arg-type]

    offset, seen = number(8 if big else 4, offset_bytes), set[int]()
    while offset:
        if offset in seen:
            raise damaged("TIFF")
        seen.add(offset)
        if len(seen) > limits.MOST_DIRECTORIES:
            raise BrokenImage(
                "too-many-parts", f"The TIFF has more than {limits.MOST_DIRECTORIES} pages. Send one photo per file."
            )
        offset = number(offset + count_bytes + number(offset, count_bytes) * entry_bytes, offset_bytes)
