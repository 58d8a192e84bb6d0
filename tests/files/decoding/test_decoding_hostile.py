"""Hostile images: refused in words or harmlessly rendered, within the child's limits."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from files.decoding import limits
from files.decoding.process import Unsettled
from files.probe import BrokenImage
from tests.support import hostile
from tests.support.decoder import decoded, refused

BOMBS: dict[str, Callable[[], bytes]] = {
    "PNG that unpacks to 480 megapixels": lambda: hostile.png(22_000, 22_000, bits=1, colour=0),
    "PNG that claims 3,600": lambda: hostile.claimed_png(60_000, 60_000),
    "GIF that claims 4,294": lambda: hostile.claimed_gif(65_535, 65_535),
    "TIFF that claims 480": lambda: hostile.claimed_tiff(30_000, 16_000),
    "JPEG that claims 4,225": lambda: hostile.claimed_jpeg(65_000, 65_000),
    "progressive JPEG that claims 400": lambda: hostile.claimed_jpeg(20_000, 20_000, progressive=True),
    "WebP that claims 268": lambda: hostile.claimed_webp(16_383, 16_383),
    "HEIC that claims 900": lambda: hostile.claimed_heif("HEIF", 30_000, 30_000),
    "AVIF that claims 900": lambda: hostile.claimed_heif("AVIF", 30_000, 30_000),
}
TOO_MANY = {"too-many-pixels", "too-large-to-check", "broken-pixels"}
FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "AVIF", "HEIF"]
GOOD = Image.effect_noise((320, 240), 60).convert("RGB")


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_before_its_pixels_take_memory(bomb: Callable[[], bytes]) -> None:
    answer = decoded(bomb()).answer
    assert answer.refusal is not None
    assert answer.refusal.code in TOO_MANY
    assert answer.peak_memory < 100 * 1024**2


def test_what_just_fits_into_the_memory_is_decoded() -> None:
    answer = decoded(hostile.png(10_000, 10_000)).answer
    assert answer.facts is not None
    assert (answer.facts.width, answer.facts.height) == (10_000, 10_000)
    assert answer.peak_memory < limits.MEMORY


def test_a_jpeg_of_few_bytes_and_very_many_scans_is_stopped() -> None:
    """Found guilty, unless the machine is so busy that it may be to blame."""
    with pytest.raises((BrokenImage, Unsettled), match=r"too long|ended with -9"):
        decoded(hostile.many_scans(6_000, 6_000, 5_000))


@pytest.mark.parametrize("form", FORMATS)
def test_a_photo_whose_end_is_missing_is_refused(form: str) -> None:
    body = hostile.body_of(GOOD.convert("P") if form == "GIF" else GOOD, form)
    assert refused(body[: len(body) * 2 // 3]) in ("truncated", "broken-pixels", "broken-header")


@pytest.mark.parametrize(
    "tail",
    [b"<html><script>alert(1)</script></html>", b"PK\x03\x04" + bytes(26) + b"evil.exe", bytes(1_000_000)],
)
def test_what_hangs_behind_a_photo_is_not_in_its_renditions(tail: bytes) -> None:
    seen = decoded(hostile.jpeg() + tail)
    assert seen.answer.refusal is None
    assert not [body for body in seen.renditions.values() if tail in body or b"script" in body]


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"BM" + bytes(100),
        b"",
    ],
)
def test_what_is_no_photo_reaches_no_decoder(body: bytes) -> None:
    assert refused(body) in ("not-an-image", "empty-file")


@pytest.mark.parametrize("body", [hostile.looping_exif(), hostile.absurd_exif(), hostile.with_exif(b"II*\x00" * 5000)])
def test_absurd_exif_does_not_spoil_a_photo(body: bytes) -> None:
    facts = decoded(body).answer.facts
    assert facts is not None
    assert (facts.orientation, facts.camera, facts.location) == (1, None, None)


def test_a_tiff_whose_pages_go_in_a_circle_is_damaged() -> None:
    assert refused(hostile.looping_tiff()) == "broken-header"


def test_a_tiff_of_very_many_pages_is_no_photo() -> None:
    assert refused(hostile.long_tiff(limits.MOST_DIRECTORIES + 1)) == "too-many-parts"


def test_a_tiff_of_some_pages_is_its_first() -> None:
    assert decoded(hostile.long_tiff(3)).answer.refusal is None


@pytest.mark.parametrize(("form", "frames"), [("GIF", 3000), ("WEBP", 2000)])
def test_of_thousands_of_frames_the_first_is_the_photo(form: str, frames: int) -> None:
    seen = decoded(hostile.animation(form, frames))
    assert seen.answer.refusal is None
    assert seen.pixel(0.5, 0.5) == (0, 0, 0)
    assert getattr(seen.picture(), "n_frames", 1) == 1


@pytest.mark.parametrize("kind", [b"iCCP", b"zTXt"])
def test_a_png_whose_texts_unpack_to_very_much_stays_within_limits(kind: bytes) -> None:
    answer = decoded(hostile.png(16, 16, extra=[hostile.packed_text(kind, 200_000_000)])).answer
    assert answer.refusal is not None
    assert answer.peak_memory < 100 * 1024**2


def test_a_png_of_very_many_texts_is_refused() -> None:
    texts = [hostile.chunk(b"tEXt", b"name\x00" + bytes(500_000)) for _ in range(10)]
    assert refused(hostile.png(16, 16, extra=texts)) == "too-much-text"


def test_a_png_of_very_many_chunks_is_refused() -> None:
    assert refused(hostile.png(16, 16, extra=[hostile.chunk(b"noPe", b"")] * 100_001)) == "too-many-parts"


@pytest.mark.parametrize("form", FORMATS)
def test_any_damage_ends_in_words_or_in_a_picture(form: str) -> None:
    """Every 97th byte is turned around."""
    body = bytearray(hostile.body_of(GOOD.convert("P") if form == "GIF" else GOOD, form))
    for at in range(200, len(body), 97):
        body[at] ^= 0xFF
    answer = decoded(bytes(body)).answer
    assert (answer.refusal is None) != (answer.facts is None)
    assert answer.peak_memory < limits.MEMORY


def test_a_rendition_is_a_picture_of_its_own() -> None:
    name = "preview.jpeg"
    assert Image.open(io.BytesIO(decoded(hostile.jpeg(), [name]).renditions[name])).format == "JPEG"
