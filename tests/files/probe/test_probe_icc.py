"""Names of colour profiles."""

import struct

import pytest
from PIL import ImageCms

from tests.support.headers import drawn, facts_of, seen_by_pillow


def profile(description: bytes, *, start: int = 144, size: int | None = None) -> bytes:
    """A profile whose only tag is its description."""
    length = len(description) if size is None else size
    return bytes(128) + struct.pack(">I4sII", 1, b"desc", start, length) + description


def short(text: bytes, length: int | None = None) -> bytes:
    """A description as of version 2."""
    return struct.pack(">4s4xI", b"desc", len(text) if length is None else length) + text


def long(text: bytes, length: int | None = None) -> bytes:
    """A description as of version 4, in one language."""
    known = len(text) if length is None else length
    return struct.pack(">4s4xII4sII", b"mluc", 1, 12, b"enUS", known, 28) + text


def named(icc: bytes) -> str | None:
    return facts_of(drawn("JPEG", icc_profile=icc)).color_profile


@pytest.mark.parametrize("space", ["sRGB", "LAB", "XYZ"])
def test_real_profiles_are_named_as_by_pillow(space: str) -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()  # type: ignore[arg-type]
    body = drawn("PNG", icc_profile=icc)
    assert facts_of(body).color_profile == seen_by_pillow(body).color_profile


def test_both_ways_to_write_a_name() -> None:
    assert named(profile(short(b"Adobe RGB (1998)\x00"))) == "Adobe RGB (1998)"
    assert named(profile(long("Écran P3".encode("utf-16-be")))) == "Écran P3"


def test_a_name_is_one_short_line() -> None:
    assert named(profile(short(b"two\r\nlines\x1b[31m" + b"x" * 500))) == "twolines[31m" + "x" * 52


@pytest.mark.parametrize(
    "icc",
    [
        b"not a profile",
        bytes(128) + b"\xff" * 400,
        profile(short(b"")),
        profile(short(b"\x00" * 40)),
        profile(b"text\x00\x00\x00\x00name"),
        profile(long(b"\xd8\x00\xd8")),
        profile(short(b"name"), start=2**32 - 1),
        profile(short(b"name"), size=3),
    ],
)
def test_a_profile_without_a_name_is_embedded(icc: bytes) -> None:
    assert named(icc) == "embedded"


def test_lengths_beyond_the_profile_end_with_it() -> None:
    assert named(profile(short(b"name", 2**32 - 1), size=2**32 - 1)) == "name"
