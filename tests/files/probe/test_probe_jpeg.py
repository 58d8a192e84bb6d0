"""JPEG headers: kinds of frames, and frames far behind other segments."""

import struct
from typing import Any

import pytest

from tests.support.headers import SRGB, drawn, exif, facts_and_reads, facts_of, refusal_of, seen_by_pillow

COMMENT, APP1, APP5 = 0xFE, 0xE1, 0xE5
XMP = b"http://ns.adobe.com/xmp/extension/\x00" + b"0" * 32


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_first(body: bytes, *segments: bytes) -> bytes:
    """A JPEG with more segments, directly after its first marker."""
    return body[:2] + b"".join(segments) + body[2:]


def profile_of(size: int) -> bytes:
    """A profile of so many bytes, like a press's."""
    return struct.pack(">I", size) + SRGB[4:] + bytes(size - len(SRGB))


@pytest.mark.parametrize("options", [{"progressive": True}, {"optimize": True}, {"subsampling": 0}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_kinds_of_jpeg(mode: str, options: dict[str, Any]) -> None:
    body = drawn("JPEG", size=(333, 222), mode=mode, **options)
    assert facts_and_reads(body) == (seen_by_pillow(body), 1)


def test_large_exif_within_the_head_takes_one_read() -> None:
    body = drawn("JPEG", exif=exif(6, note=bytes(60_000)))
    assert facts_and_reads(body) == (seen_by_pillow(body), 1)


def test_exif_that_is_cut_by_the_end_of_the_head_still_counts() -> None:
    body = with_first(drawn("JPEG", exif=exif(8, note=bytes(60_000))), segment(APP5, bytes(30_000)))
    assert facts_and_reads(body) == (seen_by_pillow(body), 2)


@pytest.mark.parametrize("filler", range(65_480, 65_540, 7))
def test_wherever_the_head_ends_the_photo_is_understood(filler: int) -> None:
    body = drawn("JPEG", exif=exif(6), icc_profile=SRGB)
    body = with_first(body, segment(COMMENT, bytes(40_000)), segment(COMMENT, bytes(filler - 40_000)))
    assert facts_and_reads(body) == (seen_by_pillow(body), 2)


@pytest.mark.parametrize("size", [90_000, 300_000, 557_168, 1_829_077])
def test_a_press_profile_of_any_size_takes_one_more_read(size: int) -> None:
    body = drawn("JPEG", mode="CMYK", icc_profile=profile_of(size), exif=exif(6))
    assert facts_and_reads(body) == (seen_by_pillow(body), 2)


def test_a_depth_map_in_extended_xmp_takes_one_more_read() -> None:
    whole, room = bytes(1_500_000), 65_400
    places = range(0, len(whole), room)
    parts = [XMP + struct.pack(">II", len(whole), at) + whole[at : at + room] for at in places]
    body = with_first(drawn("JPEG"), segment(APP1, exif(6)), *(segment(APP1, part) for part in parts))
    facts, reads = facts_and_reads(body)
    assert (facts.display_size, facts.taken_at, reads) == ((40, 60), "2024-07-14T16:20:05", 2)


def test_more_other_data_than_one_read_can_pass_is_refused_in_words() -> None:
    body = with_first(drawn("JPEG"), *[segment(APP5, bytes(65_000))] * 9)
    refusal = refusal_of(body)
    assert refusal.code == "broken-header"
    assert "Export the photo again" in refusal.text


def test_a_run_that_lies_about_its_length_is_walked_through() -> None:
    lie = XMP + struct.pack(">II", 2**32 - 1, 0) + bytes(100)
    assert facts_of(with_first(drawn("JPEG"), segment(APP1, lie))).display_size == (60, 40)


def test_fill_bytes_and_lone_markers_are_passed_over() -> None:
    body = with_first(drawn("JPEG"), b"\xff" * 20 + b"\xff\xd0", b"\xff\x01")
    assert facts_of(body).display_size == (60, 40)


def test_the_first_exif_counts() -> None:
    body = with_first(drawn("JPEG", exif=exif(3)), segment(APP1, exif(6)))
    assert facts_of(body).orientation == 6


@pytest.mark.parametrize(
    "tail",
    [
        b"\xff\xda\x00\x08" + bytes(100),
        b"\xff\xd9" + bytes(100),
        b"\x00" * 100,
        b"\xff" * 5000,
        b"\xff\xe0\x00\x00" * 9,
    ],
)
def test_a_jpeg_without_a_frame_is_broken(tail: bytes) -> None:
    assert refusal_of(b"\xff\xd8" + segment(APP5, b"x") + tail).code == "broken-header"


def test_zero_lines_are_no_dimensions() -> None:
    frame = segment(0xC0, struct.pack(">BHHB", 8, 0, 60, 3) + bytes(9))
    assert refusal_of(b"\xff\xd8" + frame + bytes(100)).code == "no-dimensions"
