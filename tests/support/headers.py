"""Photos for the header probe, drawn by Pillow, and what Pillow itself reads from them."""

import io
from datetime import datetime
from typing import Any

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms

from files.probe import HEAD_BYTES, BrokenImage, ImageFacts, probe

pillow_heif.register_heif_opener()
FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "AVIF", "HEIF"]
MOST_MORE = 256 * 1024
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
UNTOLD = {"AVIF": "nclx", "HEIF": "nclx"}
"""Pillow writes colours by number into these, and does not tell of them."""
TAKEN = "2024:07:14 16:20:05"


def drawn(form: str, *, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    """Noise, so that bytes grow with pixels."""
    buffer = io.BytesIO()
    Image.effect_noise(size, 90).convert("P" if form == "GIF" else mode).save(buffer, form, **options)
    return buffer.getvalue()


def exif(orientation: int = 1, taken: str = TAKEN, note: bytes = b"") -> bytes:
    """`note`: a maker's note, to make it large."""
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    inner = tags.get_ifd(ExifTags.IFD.Exif)
    inner[ExifTags.Base.DateTimeOriginal] = taken
    if note:
        inner[ExifTags.Base.MakerNote] = note
    return tags.tobytes()


def facts_of(body: bytes) -> ImageFacts:
    """As the confirmation asks: the head, then at most one more range."""
    return facts_and_reads(body)[0]


def facts_and_reads(body: bytes) -> tuple[ImageFacts, int]:
    head = body[:HEAD_BYTES]
    found = probe(head, len(body))
    if isinstance(found, ImageFacts):
        return found, 1
    assert found.start >= len(head)
    assert 0 < found.length <= MOST_MORE
    assert found.start + found.length <= len(body)
    again = probe(head, len(body), (found.start, body[found.start : found.start + found.length]))
    assert isinstance(again, ImageFacts)
    return again, 2


def refusal_of(body: bytes) -> BrokenImage:
    with pytest.raises(BrokenImage) as refused:
        facts_of(body)
    assert refused.value.text.endswith(".")
    return refused.value


def seen_by_pillow(body: bytes) -> ImageFacts:
    """What Pillow says of the same bytes. It shows HEIC and TIFF as turned already: turned back here."""
    image = Image.open(io.BytesIO(body))
    tags = image.getexif()
    orientation = image.info.get("original_orientation") or tags.get(ExifTags.Base.Orientation, 1)
    swapped = image.format in ("HEIF", "TIFF") and orientation >= 5
    width, height = image.size[::-1] if swapped else image.size
    taken = tags.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    profile = image.info.get("icc_profile")
    return ImageFacts(
        "image/heic" if image.format == "HEIF" else f"image/{str(image.format).lower()}",
        width,
        height,
        orientation,
        _name(profile) if profile else UNTOLD.get(str(image.format)),
        datetime.strptime(f"{taken}Z", "%Y:%m:%d %H:%M:%S%z").isoformat()[:19] if taken else None,
    )


def _name(profile: bytes) -> str:
    return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
