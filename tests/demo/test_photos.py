"""A folder of photos, as the demo reads it."""

import hashlib
import io
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from files.rules import CONTENT_TYPES, MOST_PER_CALL
from imagestore.demo import photos


def drawing(form: str) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.register_heif_opener()
    Image.new("RGB", (64, 48), (200, 80, 20)).save(buffer, form)
    return buffer.getvalue()


def test_photos_are_taken_in_order_and_the_rest_is_named(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "README.md", "film.mov"):
        (tmp_path / name).write_bytes(b"-")
    (tmp_path / "folder.jpg").mkdir()
    found, left_out = photos.find(tmp_path)
    assert [path.name for path in found] == ["a.png", "b.JPG"]
    assert left_out == ["README.md", "film.mov"]


def test_no_more_photos_than_one_call_takes(tmp_path: Path) -> None:
    for number in range(MOST_PER_CALL + 2):
        (tmp_path / f"{number:03}.jpg").touch()
    found, left_out = photos.find(tmp_path)
    assert (len(found), left_out) == (MOST_PER_CALL, ["500.jpg", "501.jpg"])


@pytest.mark.parametrize(
    ("suffix", "form"),
    [
        ("jpeg", "JPEG"),
        ("png", "PNG"),
        ("webp", "WEBP"),
        ("gif", "GIF"),
        ("tif", "TIFF"),
        ("heic", "HEIF"),
        ("avif", "AVIF"),
    ],
)
def test_a_photo_is_announced_as_it_is(tmp_path: Path, suffix: str, form: str) -> None:
    body = drawing(form)
    (tmp_path / f"one.{suffix}").write_bytes(body)
    photo = photos.read(tmp_path / f"one.{suffix}")
    assert photo.genuine
    assert photo.content_type in CONTENT_TYPES
    assert photo.announcement == {
        "name": f"one.{suffix}",
        "content_type": photo.content_type,
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }


@pytest.mark.parametrize("body", [b"", b"no photo at all", drawing("PNG")])
def test_what_its_name_does_not_fit_is_not_genuine(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "one.jpg").write_bytes(body)
    assert not photos.read(tmp_path / "one.jpg").genuine
