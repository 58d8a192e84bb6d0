"""The header probe against Pillow's own reading of the same images, and against any bytes at all."""

import io
from typing import Any

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from files.probe import HEAD_BYTES, BrokenImage, ImageFacts, NeedRange, probe

pillow_heif.register_heif_opener()
FORMS = ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "AVIF", "HEIF"]
TYPES = {"HEIF": "image/heic"}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def drawn(form: str, *, size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = Image.effect_noise(size, 90).convert("P" if form == "GIF" else "RGB")
    image.save(buffer, form, **options)
    return buffer.getvalue()


def exif(orientation: int = 1, taken: str = "2024:07:14 16:20:05") -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags.get_ifd(0x8769)[0x9003] = taken
    return tags.tobytes()


def facts_of(body: bytes) -> tuple[ImageFacts, int]:
    """The facts, and how many ranged reads they took."""
    found = probe(body[:HEAD_BYTES], len(body))
    if isinstance(found, ImageFacts):
        return found, 1
    more = (found.start, body[found.start : found.start + found.length])
    again = probe(body[:HEAD_BYTES], len(body), more)
    assert isinstance(again, ImageFacts)
    return again, 2


def refusal_of(body: bytes) -> BrokenImage:
    with pytest.raises(BrokenImage) as refused:
        facts_of(body)
    return refused.value


@pytest.mark.parametrize("form", FORMS)
def test_type_and_pixels(form: str) -> None:
    facts, reads = facts_of(drawn(form, size=(60, 40)))
    assert facts.content_type == TYPES.get(form, f"image/{form.lower()}")
    assert (facts.width, facts.height, facts.orientation) == (60, 40, 1)
    assert reads == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_and_date_from_exif(form: str, orientation: int) -> None:
    facts, _ = facts_of(drawn(form, exif=exif(orientation)))
    assert facts.orientation == orientation
    assert facts.display_size == ((40, 60) if orientation >= 5 else (60, 40))
    assert facts.taken_at == "2024-07-14T16:20:05"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["AVIF", "HEIF"])
def test_a_container_turns_its_image_itself(form: str, orientation: int) -> None:
    """Pillow shows the turned image: the probe's display size must be that, and nothing turned twice."""
    body = drawn(form, exif=exif(orientation))
    facts, _ = facts_of(body)
    assert facts.orientation == orientation
    if form == "HEIF":
        assert facts.display_size == Image.open(io.BytesIO(body)).size


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_the_colour_profile_is_named(form: str) -> None:
    facts, _ = facts_of(drawn(form, icc_profile=SRGB))
    assert facts.color_profile
    assert facts_of(drawn(form))[0].color_profile in (None, "nclx")


@pytest.mark.parametrize("variant", ["progressive", "optimize"])
def test_kinds_of_jpeg(variant: str) -> None:
    assert facts_of(drawn("JPEG", **{variant: True}))[0].display_size == (60, 40)


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"quality": 50, "exif": exif(6)}])
def test_kinds_of_webp(options: dict[str, Any]) -> None:
    assert (facts_of(drawn("WEBP", size=(333, 222), **options))[0].width) == 333


@pytest.mark.parametrize("options", [{"compression": "tiff_lzw"}, {"big_tiff": True}])
def test_kinds_of_tiff(options: dict[str, Any]) -> None:
    assert facts_of(drawn("TIFF", size=(333, 222), **options))[0].display_size == (333, 222)


def test_a_tiff_whose_directory_lies_behind_its_pixels_takes_one_more_read() -> None:
    body = drawn("TIFF", size=(400, 300), compression="raw")
    directory_last = io.BytesIO()
    Image.open(io.BytesIO(body)).save(directory_last, "TIFF", compression="tiff_lzw")
    facts, reads = facts_of(directory_last.getvalue())
    assert facts.display_size == (400, 300)
    assert reads <= 2


def test_a_jpeg_with_a_huge_profile_takes_one_more_read() -> None:
    facts, reads = facts_of(drawn("JPEG", icc_profile=SRGB + bytes(90_000), exif=exif(6)))
    assert (facts.display_size, facts.orientation, reads) == ((40, 60), 6, 2)


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "yesterday", "2024:13:40 99:00:00", "\x00" * 19])
def test_absurd_dates_are_no_dates(taken: str) -> None:
    assert facts_of(drawn("JPEG", exif=exif(taken=taken)))[0].taken_at is None


def test_absurd_exif_does_not_spoil_a_photo() -> None:
    facts, _ = facts_of(drawn("JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff" + b"\xff" * 500))
    assert (facts.orientation, facts.taken_at, facts.display_size) == (1, None, (60, 40))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "SVG"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"\x00\x00\x00\x18ftypmp42....", "video"),
        (b"\x00\x00\x00\x14ftypqt  ....", "video"),
        (b"hello world", "unknown"),
        (b"\x00", "unknown"),
    ],
)
def test_what_is_no_photo_is_called_by_its_name(body: bytes, words: str) -> None:
    refusal = refusal_of(body)
    assert refusal.code == "not-an-image"
    assert words in refusal.text


def test_an_empty_file_is_refused() -> None:
    assert refusal_of(b"").code == "empty-file"


@pytest.mark.parametrize("form", FORMS)
def test_a_header_that_was_cut_off_is_refused(form: str) -> None:
    body = drawn(form)
    for length in (13, 20):
        if form != "GIF" and not (form == "PNG" and length > 24):
            assert refusal_of(body[:length]).code in ("truncated", "broken-header", "not-an-image", "no-dimensions")


def test_zero_pixels_are_refused() -> None:
    gif = bytearray(drawn("GIF"))
    gif[6:10] = bytes(4)
    assert refusal_of(bytes(gif)).code == "no-dimensions"


HEADS = [drawn(form, exif=exif(6)) if form != "GIF" else drawn(form) for form in FORMS]


@settings(max_examples=1500, deadline=None)
@given(
    st.sampled_from(HEADS),
    st.lists(st.tuples(st.integers(0, 900), st.binary(min_size=1, max_size=8)), max_size=12),
    st.integers(0, 3000),
)
def test_whatever_is_damaged_the_probe_answers(body: bytes, damage: list[tuple[int, bytes]], keep: int) -> None:
    damaged = bytearray(body)
    for at, by in damage:
        damaged[at : at + len(by)] = by
    _answers(bytes(damaged[: len(damaged) - keep] if keep < 2000 else damaged))


@settings(max_examples=500, deadline=None)
@given(st.sampled_from([body[:16] for body in HEADS]), st.binary(max_size=400), st.integers(0, 10**7))
def test_whatever_follows_a_known_beginning_the_probe_answers(start: bytes, rest: bytes, missing: int) -> None:
    head = start + rest
    found = _checked(lambda: probe(head, len(head) + missing))
    if isinstance(found, NeedRange):
        assert 0 < found.length <= 256 * 1024
        assert found.start + found.length <= len(head) + missing
        _checked(lambda: probe(head, len(head) + missing, (found.start, rest)))


def _answers(body: bytes) -> None:
    _checked(lambda: facts_of(body))


def _checked(do: Any) -> Any:
    """Nothing but an answer or a refusal in words comes out."""
    try:
        return do()
    except BrokenImage as refused:
        return None if refused.code and refused.text else pytest.fail("a refusal without words")
