"""What is no photo is called by its name."""

import pytest

from files.probe import probe
from tests.support.headers import drawn, refusal_of

STRANGERS = [
    (b"%PDF-1.7 ...", "a PDF"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "an SVG drawing"),
    (b"<?xml version='1.0'?><!-- x --><svg/>", "an SVG drawing"),
    ("<svg xmlns='http://www.w3.org/2000/svg'/>".encode("utf-16"), "an SVG drawing"),
    (b"<!DOCTYPE html><title>x</title>", "a web page"),
    (b"\xef\xbb\xbf\n<HTML>", "a web page"),
    (b"<script>alert(1)</script>", "a web page"),
    (b"#!/bin/sh\n", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"PK\x03\x04rest", "a ZIP archive"),
    (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "a video"),
    (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "a video"),
    (b"\x00\x00\x00\x08wide\x00\x00\x00\x08mdat", "a video"),
    (b"RIFF\x00\x00\x00\x00AVI LIST", "a sound or a video"),
    (b"\x1aE\xdf\xa3\x01\x00", "a video"),
    (b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom", "a camera's raw file"),
    (b"FUJIFILMCCD-RAW 0201", "a camera's raw file"),
    (b"IIU\x00\x18\x00\x00\x00", "a camera's raw file"),
    (b"IIRO\x08\x00\x00\x00", "a camera's raw file"),
    (b"8BPS\x00\x01", "a Photoshop document"),
    (b"BM6\x00", "a BMP picture"),
    (b"\xff\x0a\xfa\x7f", "a JPEG XL picture"),
    (b"hello world", "a file of an unknown kind"),
    (b"\x00", "a file of an unknown kind"),
    (bytes(70_000), "a file of an unknown kind"),
]


@pytest.mark.parametrize(("body", "name"), STRANGERS)
def test_what_is_no_photo_is_called_by_its_name(body: bytes, name: str) -> None:
    refusal = refusal_of(body)
    assert refusal.code == "not-an-image"
    assert refusal.text.startswith(f"This is {name}")
    assert "Send a JPEG, PNG, WebP, HEIC, AVIF, TIFF or GIF photo." in refusal.text


def test_an_empty_file_is_refused() -> None:
    assert refusal_of(b"").code == "empty-file"


@pytest.mark.parametrize("start", [b"\xff\xd8", b"\x89PNG\r\n", b"GIF8", b"II", b"II*", b"MM\x00"])
def test_less_than_a_first_mark_is_cut_off(start: bytes) -> None:
    assert refusal_of(start).code == "truncated"


def test_a_photo_is_what_its_bytes_say() -> None:
    facts = probe(drawn("PNG") + b"<script>", 10_000)
    assert getattr(facts, "content_type", None) == "image/png"
