"""Which reader understands an object, by its first bytes; and what it is if none does."""

from collections.abc import Callable

from files.probe import gif, heif, jpeg, png, tiff, webp
from files.probe.facts import BrokenImage, ImageFacts
from files.probe.source import Source

Reader = Callable[[Source], ImageFacts]
KNOWN = "Send a JPEG, PNG, WebP, HEIC, AVIF, TIFF or GIF photo."
READERS: list[tuple[bytes, Reader]] = [
    (b"\xff\xd8\xff", jpeg.read),
    (b"\x89PNG\r\n\x1a\n", png.read),
    (b"GIF87a", gif.read),
    (b"GIF89a", gif.read),
    (b"II*\x00", tiff.read),
    (b"MM\x00*", tiff.read),
    (b"II+\x00", tiff.read),
    (b"MM\x00+", tiff.read),
]
OTHERS = [
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"BM", "a BMP picture"),
    (b"8BPS", "a Photoshop document"),
    (b"FUJIFILMCCD-RAW", "a camera's raw file"),
    (b"IIU\x00", "a camera's raw file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
]
TEXTS = [(b"<svg", "an SVG drawing"), (b"<html", "a web page"), (b"<!doctype", "a web page"), (b"<?xml", "an XML text")]


def reader_of(source: Source) -> Reader:
    """Raises BrokenImage for what is no photo."""
    head = source.head
    if not head:
        raise BrokenImage("empty-file", "The file is empty.")
    for magic, reader in READERS:
        if head.startswith(magic):
            return reader
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return webp.read
    if head[4:8] == b"ftyp" and heif.content_type(head):
        return heif.read
    raise BrokenImage("not-an-image", f"This is {_what(head)}, not a photo. {KNOWN}")


def _what(head: bytes) -> str:
    for magic, name in OTHERS:
        if head.startswith(magic):
            return name
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return "a video"
    if head[:4] == b"RIFF":
        return "a sound or a video"
    text = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return next((name for start, name in TEXTS if start in text[:512]), "a file of an unknown kind")
