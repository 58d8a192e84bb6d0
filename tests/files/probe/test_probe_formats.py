"""The header probe's answers, all formats alike, against Pillow's own reading of the same bytes."""

import pytest

from files.probe import ImageFacts
from tests.support.headers import (
    FORMATS,
    SRGB,
    drawn,
    exif,
    facts_and_reads,
    facts_of,
    refusal_of,
    seen_by_pillow,
)

TAGGED = [form for form in FORMATS if form != "GIF"]


@pytest.mark.parametrize("size", [(60, 40), (61, 41), (1, 1), (333, 500)])
@pytest.mark.parametrize("form", FORMATS)
def test_type_and_pixels(form: str, size: tuple[int, int]) -> None:
    body = drawn(form, size=size)
    assert facts_of(body) == seen_by_pillow(body)
    assert facts_of(body).display_size == size


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", TAGGED)
def test_orientation_and_date(form: str, orientation: int) -> None:
    body = drawn(form, exif=exif(orientation))
    facts, reads = facts_and_reads(body)
    assert facts == seen_by_pillow(body)
    assert (facts.orientation, facts.taken_at, reads) == (orientation, "2024-07-14T16:20:05", 1)
    assert facts.display_size == ((40, 60) if orientation >= 5 else (60, 40))


@pytest.mark.parametrize("form", TAGGED)
def test_the_colour_profile_is_named(form: str) -> None:
    body = drawn(form, icc_profile=SRGB, exif=exif(6))
    assert facts_of(body) == seen_by_pillow(body)
    assert facts_of(body).color_profile == "sRGB built-in"


@pytest.mark.parametrize("form", FORMATS)
def test_a_header_that_was_cut_off_is_refused(form: str) -> None:
    body = drawn(form)
    for length in range(4, 9):
        assert refusal_of(body[:length]).code in ("truncated", "not-an-image")
    assert refusal_of(body[:9]).code == ("not-an-image" if form in ("WEBP", "AVIF", "HEIF") else "truncated")


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF", "HEIF"])
def test_pixels_that_the_file_does_not_have_are_missed(form: str) -> None:
    body = drawn(form)
    assert refusal_of(body[:-100]).code == "truncated"


def test_display_size_is_what_people_see() -> None:
    assert ImageFacts("image/jpeg", 60, 40, 4).display_size == (60, 40)
    assert ImageFacts("image/jpeg", 60, 40, 5).display_size == (40, 60)
