"""From bytes to pixels in memory: what a photo claims is checked before a decoder believes it."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from files.decoding import limits, structure
from files.probe import HEAD_BYTES, BrokenImage, ImageFacts, NeedRange, exif, probe

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {
    "image/jpeg": ("JPEG", "JpegImagePlugin"),
    "image/png": ("PNG", "PngImagePlugin"),
    "image/gif": ("GIF", "GifImagePlugin"),
    "image/tiff": ("TIFF", "TiffImagePlugin"),
    "image/webp": ("WEBP", "WebPImagePlugin"),
    "image/avif": ("AVIF", "AvifImagePlugin"),
    "image/heic": ("HEIF", ""),
    "image/heif": ("HEIF", ""),
}
BYTES_PER_PIXEL = {
    "1": 3.0, "L": 1.4, "LA": 6.5, "P": 6.5, "PA": 6.5, "RGB": 4.15, "RGBX": 4.15, "RGBA": 8.5, "CMYK": 4.15,
    "YCbCr": 4.15, "LAB": 4.15, "I;16": 10.5, "I;16B": 10.5, "I;16L": 10.5, "I": 9.0, "F": 9.0,
}  # fmt: skip
"""Of Pillow's image with what it takes to make it smaller, by mode: measured, like the next."""
DECODERS_BYTES_PER_PIXEL = {"WEBP": 12.5, "HEIF": 4.0, "AVIF": 5.5, "TIFF": 0.2}
PACKED_TIFF_BYTES_PER_PIXEL = 1.5
READ_WHOLE = {"WEBP", "HEIF", "AVIF"}
TURNED_BY_DECODER = {"HEIF", "TIFF"}
"""Pillow and pillow-heif turn these when they load; nobody must turn them again."""
CONTAINER_TURNS = {*TURNED_BY_DECODER, "AVIF"}
"""What the header told is the container's own; a block of EXIF inside does not count, or is the same tag."""
JPEGS = {"JPEG", "MPO"}
"""Pillow calls a JPEG with further pictures behind it MPO."""
OUT_OF_MEMORY = "memory"


class Opened(NamedTuple):
    """A photo whose pixels are in memory, and what its header said.

    `width` and `height` are as stored, `orientation` (EXIF) turns them; `turn` is what of it is still to be done.
    """

    image: "Image"
    facts: ImageFacts
    width: int
    height: int
    orientation: int
    turn: int


def open_photo(file: Path, edge: int) -> Opened:
    """Decodes all of it, a JPEG perhaps at a half, a quarter or an eighth of its size, but with no edge that was
    longer below `edge` pixels. Raises BrokenImage for whatever a decoder does not like.
    """
    with file.open("rb") as source:
        facts = _header(source)
        source.seek(0)
        structure.check(source, facts.content_type)
    try:
        image = _opened(file, facts)
        size = image.size
        scaled = _reduce_while_decoding(image, edge)
        _check_memory(image, file.stat().st_size)
        image.load()
        return _judged(image, facts, size if scaled else image.size)
    except (BrokenImage, MemoryError, ImportError):
        raise
    except Exception as error:
        # Decoders raise all kinds of errors over hostile bytes, and none of them is about anything else.
        raise _broken(error) from error


def _judged(image: "Image", facts: ImageFacts, size: tuple[int, int]) -> Opened:
    if image.format in CONTAINER_TURNS:
        orientation = facts.orientation
    else:
        orientation = exif.facts(image.info.get("exif") or b"").orientation
    turned = image.format in TURNED_BY_DECODER
    width, height = size[::-1] if turned and orientation >= 5 else size
    return Opened(image, facts, width, height, orientation, 1 if turned else orientation)


def too_large(pixels: int | None = None) -> BrokenImage:
    much = f" of {pixels / 1_000_000:.0f} megapixels" if pixels else ""
    return BrokenImage(
        "too-large-to-check",
        f"A photo{much} in this format is too large to be checked. Save it as a JPEG and send that.",
    )


def _header(source: BinaryIO) -> ImageFacts:
    """As the confirmation read it, so that both say the same."""
    head = source.read(HEAD_BYTES)
    size = source.seek(0, 2)
    found = probe(head, size)
    if isinstance(found, NeedRange):
        source.seek(found.start)
        found = probe(head, size, (found.start, source.read(found.length)))
    assert isinstance(found, ImageFacts)  # noqa: S101 - the probe asks only once
    return found


def _opened(file: Path, facts: ImageFacts) -> "Image":
    from PIL import Image, PngImagePlugin

    Image.MAX_IMAGE_PIXELS = limits.MOST_PIXELS // 2  # Pillow warns from there and refuses twice as many
    PngImagePlugin.MAX_TEXT_MEMORY = limits.MOST_TEXT
    PngImagePlugin.MAX_TEXT_CHUNK = limits.MOST_PROFILE
    name, plugin = FORMATS[facts.content_type]
    if plugin:
        import_module(f"PIL.{plugin}")
        if name == "AVIF":
            vars(import_module("PIL.AvifImagePlugin"))["DEFAULT_MAX_THREADS"] = 1
    else:
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    return Image.open(file, formats=(name,))


def _reduce_while_decoding(image: "Image", edge: int) -> bool:
    """JPEG alone can: every bit of it is read all the same, so that damage is still found."""
    scale = next((scale for scale in (8, 4, 2) if max(image.size) >= scale * edge), 1)
    return (
        image.format in JPEGS
        and scale > 1
        and bool(image.draft(None, (max(1, image.width // scale), max(1, image.height // scale))))
    )


def _check_memory(image: "Image", size: int) -> None:
    name, pixels = str(image.format), image.width * image.height
    if image.mode not in BYTES_PER_PIXEL:
        raise BrokenImage("unsupported-pixels", "The photo's pixels are of a rare kind. Export it as a JPEG.")
    needed = pixels * (BYTES_PER_PIXEL[image.mode] + DECODERS_BYTES_PER_PIXEL.get(name, 0))
    if name == "TIFF" and image.info.get("compression", "raw") != "raw":
        needed += pixels * PACKED_TIFF_BYTES_PER_PIXEL
    if name in JPEGS and image.info.get("progressive"):
        needed += _coefficients(image)
    if needed + (size if name in READ_WHOLE else 0) > limits.WORKING_MEMORY:
        raise too_large(pixels)


def _coefficients(image: "Image") -> float:
    """A progressive JPEG is kept whole, two bytes for each sample of each component, until its last scan is read."""
    layers: list[tuple[int, int, int, int]] = image.layer  # type: ignore[attr-defined]
    scale: int = (image.decoderconfig or (1,))[0]  # type: ignore[attr-defined]
    most = max(across * down for _, across, down, _ in layers)
    samples = sum(across * down / most for _, across, down, _ in layers)
    return 2 * samples * image.width * image.height * scale**2


def _broken(error: Exception) -> BrokenImage:
    text = str(error)
    if OUT_OF_MEMORY in text:
        return too_large()
    if "truncated" in text or isinstance(error, EOFError):
        return BrokenImage("truncated", "The file ends too early; it may not have been copied completely.")
    if type(error).__name__ == "DecompressionBombError":
        return BrokenImage("too-many-pixels", f"The photo has more than {limits.MOST_PIXELS // 1_000_000} megapixels.")
    return BrokenImage("broken-pixels", "The photo's pixels are damaged and cannot be decoded. Export it again.")
