"""Renditions pixel by pixel: upright once, sRGB, without alpha or metadata where there must be none."""

import io
import struct
from typing import Any

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms

from tests.support.decoder import Pixel, close, decoded
from tests.support.headers import SRGB, exif

pillow_heif.register_heif_opener()
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (255, 255, 255)
CORNERS = {(0.2, 0.2): RED, (0.8, 0.2): GREEN, (0.2, 0.8): BLUE, (0.8, 0.8): WHITE}
STORED_AS = {
    1: lambda image: image,
    2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
    4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
}
"""How a camera held in some way stores what people saw upright."""


def upright(size: tuple[int, int] = (240, 160)) -> Image.Image:
    """Four fields of colour."""
    image = Image.new("RGB", (2, 2))
    image.putdata([RED, GREEN, BLUE, WHITE])
    return image.resize(size, Image.Resampling.NEAREST)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def shows_corners(body: bytes, size: tuple[int, int] = (240, 160)) -> bool:
    seen = decoded(body)
    return all(
        seen.picture(name).size == (size if name.startswith("preview") else seen.picture(name).size)
        and all(close(seen.pixel(*place, name), colour, 40) for place, colour in CORNERS.items())
        for name in seen.renditions
    )


@pytest.mark.parametrize("orientation", STORED_AS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_a_photo_is_turned_exactly_once(form: str, orientation: int) -> None:
    stored = STORED_AS[orientation](upright())
    assert shows_corners(saved(stored, form, exif=exif(orientation)))


def test_a_container_that_turns_wins_over_exif_that_would_turn_again() -> None:
    """Phones write both into HEIC: the container's turn, and EXIF that tells of it."""
    body = saved(STORED_AS[6](upright()), "HEIF", exif=exif(6))
    facts = decoded(body).answer.facts
    assert facts is not None
    assert (facts.width, facts.height, facts.orientation) == (160, 240, 6)


def test_a_large_jpeg_is_turned_after_it_was_reduced() -> None:
    stored = STORED_AS[6](upright((4800, 3200)))
    assert shows_corners(saved(stored, "JPEG", exif=exif(6)), (1600, 1067))


def wide_gamut() -> bytes:
    """An RGB profile with the primaries of Adobe RGB and a plain gamma of 2.2, by hand: lcms makes none."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    name = b"Wide by hand\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(79),
        b"wtpt": xyz(0.9642, 1, 0.8249),
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma),
        b"cprt": b"text\0\0\0\0none\0",
    }  # fmt: skip
    table, content, at = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += tag + struct.pack(">II", at + len(content), len(value))
        content += padded
    size = at + len(content)
    head = struct.pack(">I4sI4s4s4s12s4s", size, b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ", b"XYZ ", bytes(12), b"acsp")
    head += bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + content


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF"])
def test_colours_are_converted_by_the_embedded_profile(form: str) -> None:
    """Adobe RGB's (100, 150, 100) is a stronger green in sRGB: by the matrices (69, 151, 97)."""
    body = saved(Image.new("RGB", (64, 64), (100, 150, 100)), form, icc_profile=wide_gamut(), quality=95)
    seen = decoded(body)
    assert all(close(seen.pixel(0.5, 0.5, name), (69, 151, 97), 5) for name in seen.renditions)
    assert seen.answer.facts is not None
    assert seen.answer.facts.color_profile == "Wide by hand"


def test_a_broken_profile_does_not_spoil_a_photo() -> None:
    seen = decoded(saved(Image.new("RGB", (64, 64), RED), "JPEG", icc_profile=b"no profile" * 40, quality=95))
    assert close(seen.pixel(0.5, 0.5), RED)


def test_grey_photos_have_profiles_too() -> None:
    grey = Image.linear_gradient("L")
    seen = decoded(saved(grey, "PNG", icc_profile=SRGB))
    assert close(seen.pixel(0.5, 0.5), (128, 128, 128))


CMYK_RED: tuple[Pixel, Pixel] = ((0, 255, 255, 0), (255, 0, 0))


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_becomes_srgb(form: str) -> None:
    ink, light = CMYK_RED
    seen = decoded(saved(Image.new("CMYK", (64, 64), ink), form))
    assert close(seen.pixel(0.5, 0.5), light, 25)


def test_lab_becomes_srgb() -> None:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    lab = ImageCms.applyTransform(Image.new("RGB", (64, 64), RED), to_lab)
    assert lab is not None
    assert close(decoded(saved(lab, "TIFF")).pixel(0.5, 0.5), RED)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_brought_down_to_eight(form: str) -> None:
    grey = Image.new("I;16", (64, 64), 128 * 256)
    assert close(decoded(saved(grey, form)).pixel(0.5, 0.5), (128, 128, 128))


def test_sixteen_bits_of_colour() -> None:
    from tests.support import hostile

    body = hostile.png(64, 64, bits=16)
    assert close(decoded(body).pixel(0.5, 0.5), (0, 0, 0))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I", "F"])
def test_every_mode_that_photos_come_in_is_rendered(mode: str) -> None:
    image = upright().convert(mode)
    form = "TIFF" if mode in ("F", "I") else "PNG"
    assert set(decoded(saved(image, form)).renditions) == {
        "thumbnail.webp", "preview.webp", "thumbnail.jpeg", "preview.jpeg",
    }  # fmt: skip


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "GIF"])
def test_what_is_transparent_is_white_in_a_jpeg_and_stays_so_in_webp(form: str) -> None:
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 32, 64))
    options = {"lossless": True} if form == "WEBP" else {}
    seen = decoded(saved(image, form, **options))
    assert close(seen.pixel(0.9, 0.5, "preview.jpeg"), WHITE)
    assert close(seen.pixel(0.1, 0.5, "preview.jpeg"), (255, 0, 0), 20)
    assert seen.picture("preview.webp").mode == "RGBA"
    assert seen.picture("preview.webp").getpixel((60, 32))[3] == 0  # type: ignore[index]


def test_renditions_have_their_sizes_and_nothing_is_made_larger() -> None:
    seen = decoded(saved(upright((3000, 500)), "PNG"))
    sizes = {name: seen.picture(name).size for name in seen.renditions}
    assert sizes["preview.webp"] == sizes["preview.jpeg"] == (1600, 267)
    assert sizes["thumbnail.webp"] == sizes["thumbnail.jpeg"] == (256, 43)
    assert decoded(saved(upright((100, 50)), "PNG")).picture("preview.webp").size == (100, 50)


@pytest.mark.parametrize("size", [(20_000, 3), (3, 20_000), (1, 1)])
def test_extreme_shapes_are_rendered(size: tuple[int, int]) -> None:
    seen = decoded(saved(upright(size), "PNG"))
    assert max(seen.picture("preview.webp").size) == min(1600, max(size))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_a_rendition_has_no_metadata(form: str) -> None:
    tags = Image.Exif()
    tags[ExifTags.Base.Make] = "SecretMaker"
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    body = saved(upright(), form, exif=tags.tobytes(), icc_profile=SRGB)
    assert b"SecretMaker" in body
    for name, rendition in decoded(body).renditions.items():
        info = Image.open(io.BytesIO(rendition)).info
        assert not info.keys() & {"exif", "icc_profile", "xmp", "comment", "dpi"}, name
        assert b"SecretMaker" not in rendition
        assert b"EXIF" not in rendition
        assert b"Exif" not in rendition


def test_a_comment_is_metadata() -> None:
    body = saved(upright(), "JPEG", comment=b"private words")
    assert b"private words" in body
    assert not [rendition for rendition in decoded(body).renditions.values() if b"private words" in rendition]
