"""PNG chunks."""

import struct
import zlib

import pytest

from files.probe import HEAD_BYTES
from tests.support.headers import SRGB, drawn, exif, facts_and_reads, facts_of, refusal_of, seen_by_pillow

PIXELS_AT = 33


def chunk(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def with_chunk(body: bytes, more: bytes, at: int = PIXELS_AT) -> bytes:
    return body[:at] + more + body[at:]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "P", "I;16"])
def test_kinds_of_png(mode: str) -> None:
    body = drawn("PNG", mode=mode)
    assert facts_and_reads(body) == (seen_by_pillow(body), 1)


def test_a_large_png_takes_one_read() -> None:
    body = drawn("PNG", size=(600, 400), exif=exif(6), icc_profile=SRGB)
    assert len(body) > 2 * HEAD_BYTES
    assert facts_and_reads(body) == (seen_by_pillow(body), 1)


def test_exif_behind_the_pixels_of_a_small_png_counts() -> None:
    body = drawn("PNG")
    body = with_chunk(body, chunk(b"eXIf", exif(6).removeprefix(b"Exif\x00\x00")), at=len(body) - 12)
    assert facts_of(body) == seen_by_pillow(body)
    assert facts_of(body).orientation == 6


def test_a_profile_that_unpacks_without_end_is_only_noted() -> None:
    bomb = b"bomb\x00\x00" + zlib.compress(bytes(50_000_000))
    assert facts_of(with_chunk(drawn("PNG"), chunk(b"iCCP", bomb))).color_profile == "embedded"


@pytest.mark.parametrize("payload", [b"", b"x", b"x\x00\x00not packed", b"x\x00\x00" + zlib.compress(b"")])
def test_an_absurd_profile_is_only_noted(payload: bytes) -> None:
    facts = facts_of(with_chunk(drawn("PNG"), chunk(b"iCCP", payload)))
    assert (facts.color_profile, facts.display_size) == ("embedded", (60, 40))


def test_a_first_chunk_that_is_no_header_is_broken() -> None:
    body = drawn("PNG")
    assert refusal_of(body[:12] + b"IDAT" + body[16:]).code == "broken-header"


@pytest.mark.parametrize(("width", "height"), [(0, 40), (60, 0)])
def test_zero_pixels_are_no_dimensions(width: int, height: int) -> None:
    body = drawn("PNG")
    assert refusal_of(body[:16] + struct.pack(">II", width, height) + body[24:]).code == "no-dimensions"
