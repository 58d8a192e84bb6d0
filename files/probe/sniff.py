"""Which reader understands an object, by its first bytes; and what it is if none does."""

from collections.abc import Callable

from files.probe import gif, heif, jpeg, png, tiff, webp
from files.probe.facts import BrokenImage, ImageFacts, truncated
from files.probe.source import Source

Reader = Callable[[Source], ImageFacts]
WANTED = "Send a JPEG, PNG, WebP, HEIC, AVIF, TIFF or GIF photo."
READERS: dict[bytes, Reader] = {
    b"\xff\xd8\xff": jpeg.read,
    b"\x89PNG\r\n\x1a\n": png.read,
    b"GIF87a": gif.read,
    b"GIF89a": gif.read,
    b"II*\x00": tiff.read,
    b"MM\x00*": tiff.read,
    b"II+\x00": tiff.read,
    b"MM\x00+": tiff.read,
}
RAW, ARCHIVE, PROGRAM = "a camera's raw file", "a compressed archive", "a program"
STRANGERS = {
    b"%PDF": "a PDF",
    b"%!PS": "a PostScript document",
    b"\xc5\xd0\xd3\xc6": "a PostScript document",
    b"8BPS": "a Photoshop document",
    b"BM": "a BMP picture",
    b"\x00\x00\x01\x00": "an icon",
    b"\xff\x0a": "a JPEG XL picture",
    b"\x00\x00\x00\x0cJXL ": "a JPEG XL picture",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 picture",
    b"FUJIFILMCCD-RAW": RAW,
    b"IIU\x00": RAW,
    b"IIRO": RAW,
    b"IIRS": RAW,
    b"MMOR": RAW,
    b"FOVb": RAW,
    b"\x00MRM": RAW,
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"\x1f\x8b": ARCHIVE,
    b"Rar!": ARCHIVE,
    b"7z\xbc\xaf": ARCHIVE,
    b"\x1aE\xdf\xa3": "a video",
    b"MZ": PROGRAM,
    b"\x7fELF": PROGRAM,
    b"#!": PROGRAM,
}
TEXTS = {
    b"<svg": "an SVG drawing",
    b"<html": "a web page",
    b"<!doctype html": "a web page",
    b"<script": "a web page",
    b"<?php": PROGRAM,
    b"<?xml": "an XML text",
}
VIDEO_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"skip", b"free", b"pnot")


def reader_of(source: Source) -> Reader:
    """Raises BrokenImage for what is no photo."""
    head = source.head
    if not head:
        raise BrokenImage("empty-file", "The file is empty.")
    for magic, reader in READERS.items():
        if head.startswith(magic):
            return reader
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return webp.read
    if head[4:8] == b"ftyp" and heif.content_type(head):
        return heif.read
    if len(head) > 1 and any(magic.startswith(head) for magic in READERS):
        raise truncated()
    raise BrokenImage("not-an-image", f"This is {_kind(head)}, not a photo. {WANTED}")


def _kind(head: bytes) -> str:
    for magic, name in STRANGERS.items():
        if head.startswith(magic):
            return name
    if head[4:12] == b"ftypcrx ":
        return RAW
    if head[4:8] in VIDEO_BOXES:
        return "a video"
    if head[:4] == b"RIFF":
        return "a sound or a video"
    text = head[:2048].replace(b"\x00", b"").lower()  # UTF-16 reads like ASCII without its zeros
    return next((name for start, name in TEXTS.items() if start in text), "a file of an unknown kind")
