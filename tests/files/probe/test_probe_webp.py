"""WebP in its three forms."""

import io
from typing import Any

import pytest
from PIL import Image

from files.probe import HEAD_BYTES
from tests.support.headers import SRGB, drawn, exif, facts_and_reads, facts_of, refusal_of, seen_by_pillow


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"icc_profile": SRGB}])
def test_kinds_of_webp(mode: str, options: dict[str, Any]) -> None:
    body = drawn("WEBP", size=(333, 222), mode=mode, **options)
    assert facts_and_reads(body) == (seen_by_pillow(body), 1)


def test_the_largest_webp() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (16383, 2)).save(buffer, "WEBP", lossless=True)
    assert facts_of(buffer.getvalue()).display_size == (16383, 2)


def test_exif_behind_many_pixels_takes_one_more_read() -> None:
    body = drawn("WEBP", size=(800, 600), lossless=True, exif=exif(6), icc_profile=SRGB)
    assert len(body) > 4 * HEAD_BYTES
    assert facts_and_reads(body) == (seen_by_pillow(body), 2)


def test_many_pixels_without_exif_take_one_read() -> None:
    body = drawn("WEBP", size=(800, 600), lossless=True, icc_profile=SRGB)
    assert facts_and_reads(body) == (seen_by_pillow(body), 1)


def test_an_animation() -> None:
    frames = [Image.effect_noise((60, 40), 90).convert("RGB") for _ in range(12)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], exif=exif(3))
    assert facts_of(buffer.getvalue()) == seen_by_pillow(buffer.getvalue())


def test_exif_out_of_reach_does_not_spoil_a_photo() -> None:
    far = b"ALPH" + (100_000).to_bytes(4, "little") + bytes(100_000)
    far += b"VP8 " + (900_000).to_bytes(4, "little") + bytes(900_000) + b"EXIF\x00\x00\x00\x00"
    size = (59).to_bytes(3, "little") + (39).to_bytes(3, "little")
    content = b"WEBPVP8X\x0a\x00\x00\x00\x08\x00\x00\x00" + size + far
    body = b"RIFF" + len(content).to_bytes(4, "little") + content
    facts, reads = facts_and_reads(body)
    assert (facts.display_size, facts.orientation, reads) == ((60, 40), 1, 2)


@pytest.mark.parametrize(("at", "by"), [(12, b"VP9 "), (23, b"\x00\x00\x00")])
def test_a_damaged_header_is_broken(at: int, by: bytes) -> None:
    body = drawn("WEBP")
    assert refusal_of(body[:at] + by + body[at + len(by) :]).code == "broken-header"
