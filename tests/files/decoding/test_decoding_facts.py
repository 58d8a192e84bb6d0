"""Print facts: what the child reads of cameras, resolutions and places."""

import io
from typing import Any

import pillow_heif
import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from files.decoding.answers import PrintFacts
from tests.support.decoder import decoded
from tests.support.headers import SRGB, exif

pillow_heif.register_heif_opener()
WITH_EXIF = ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF"]


def facts(form: str, tags: bytes = b"", **options: Any) -> PrintFacts:
    buffer = io.BytesIO()
    told = {"exif": tags} if tags else {}
    Image.effect_noise((60, 40), 60).convert("RGB").save(buffer, form, **told, **options)
    found = decoded(buffer.getvalue(), []).answer.facts
    assert found is not None
    return found


def camera(make: str, model: str) -> bytes:
    tags = Image.Exif()
    tags[ExifTags.Base.Make], tags[ExifTags.Base.Model] = make, model
    return tags.tobytes()


def place(latitude: tuple[int, int, int], side: str, longitude: tuple[int, int, int], other_side: str) -> bytes:
    tags = Image.Exif()
    inner = tags.get_ifd(ExifTags.IFD.GPSInfo)
    inner[ExifTags.GPS.GPSLatitude], inner[ExifTags.GPS.GPSLatitudeRef] = latitude, side
    inner[ExifTags.GPS.GPSLongitude], inner[ExifTags.GPS.GPSLongitudeRef] = longitude, other_side
    return tags.tobytes()


@pytest.mark.parametrize("form", WITH_EXIF)
def test_make_and_model(form: str) -> None:
    assert facts(form, camera("FUJIFILM", "X-T4")).camera == "FUJIFILM X-T4"


@pytest.mark.parametrize(
    ("make", "model", "told"),
    [("Canon", "Canon EOS R5", "Canon EOS R5"), ("", "Box", "Box"), ("Maker", "", "Maker"), ("a" * 90, "b", "a" * 64)],
)
def test_a_camera_is_named_once_and_shortly(make: str, model: str, told: str) -> None:
    assert facts("JPEG", camera(make, model)).camera == told


@pytest.mark.parametrize("form", WITH_EXIF)
def test_a_place(form: str) -> None:
    assert facts(form, place((52, 30, 58), "N", (13, 22, 39), "E")).location == "52.51611,13.37750"


def test_south_and_west_are_negative() -> None:
    assert facts("JPEG", place((33, 51, 0), "S", (70, 30, 0), "W")).location == "-33.85000,-70.50000"


def test_an_impossible_place_is_none() -> None:
    assert facts("JPEG", place((99, 0, 0), "N", (13, 0, 0), "E")).location is None


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_dots_per_inch(form: str) -> None:
    assert facts(form, dpi=(300, 300)).dpi == 300


def test_dots_per_inch_by_exif() -> None:
    tags = Image.Exif()
    tags[ExifTags.Base.XResolution] = IFDRational(118, 1)
    tags[ExifTags.Base.ResolutionUnit] = 3
    assert facts("WEBP", tags.tobytes()).dpi == 300


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_is_not_told_is_none(form: str) -> None:
    found = facts(form)
    assert (found.camera, found.dpi, found.location, found.taken_at, found.color_profile) == (None,) * 5


@pytest.mark.parametrize("form", WITH_EXIF)
def test_what_the_header_told_is_confirmed(form: str) -> None:
    found = facts(form, exif(), icc_profile=SRGB)
    assert (found.width, found.height, found.orientation) == (60, 40, 1)
    assert (found.color_profile, found.taken_at) == ("sRGB built-in", "2024-07-14T16:20:05")
