"""The drawn photos are real ones, and the one that is no photo is found out."""

from pathlib import Path

import pytest
from PIL import Image

from files.probe import BrokenImage, ImageFacts, probe
from imagestore.demo import drawn, photos


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    drawn.draw_into(tmp_path)
    return tmp_path


def test_every_picture_can_be_opened_and_has_its_orientation(folder: Path) -> None:
    for name, width, height, orientation, *_ in drawn.PICTURES:
        with Image.open(folder / name) as picture:
            picture.load()
            assert (picture.size, picture.getexif()[0x0112]) == ((width, height), orientation)
            assert len(picture.convert("RGB").getcolors(width * height) or []) > 10
        body = (folder / name).read_bytes()
        facts = probe(body, len(body))
        assert isinstance(facts, ImageFacts)
        assert (facts.width, facts.height, facts.orientation) == (width, height, orientation)


def test_no_two_are_alike(folder: Path) -> None:
    assert len({file.read_bytes() for file in folder.iterdir()}) == len(drawn.PICTURES) + 1


def test_one_is_no_photo(folder: Path) -> None:
    paths, left_out = photos.find(folder)
    false = [photo.name for photo in map(photos.read, paths) if not photo.genuine]
    assert (false, left_out) == ([drawn.BROKEN], [])
    body = (folder / drawn.BROKEN).read_bytes()
    with pytest.raises(BrokenImage):
        probe(body, len(body))
