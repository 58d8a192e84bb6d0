"""What a printer and a customer want to know of a photo. Nothing wrong in EXIF spoils a good photo."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from files.decoding.answers import PrintFacts
from files.decoding.opening import Opened
from files.probe import BrokenImage, exif, icc
from files.probe.ifd import Tags
from files.probe.source import Beyond, Source

if TYPE_CHECKING:
    from PIL.Image import Image

MAKE, MODEL, X_RESOLUTION, RESOLUTION_UNIT, GPS = 0x010F, 0x0110, 0x011A, 0x0128, 0x8825
LATITUDE_SIDE, LATITUDE, LONGITUDE_SIDE, LONGITUDE = 1, 2, 3, 4
CENTIMETRES = 3
CM_PER_INCH = 2.54
LONGEST_CAMERA = 64
MOST_DPI = 20_000


class _FileSource(Source):
    """A whole file, read where it is asked for."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(b"", file.seek(0, 2))
        self._file = file

    def peek(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)


def of(photo: Opened, file: Path) -> PrintFacts:
    """By EXIF, or by the TIFF's own tags, which are alike."""
    facts, profile = photo.facts, photo.image.info.get("icc_profile")
    found = PrintFacts(
        photo.width,
        photo.height,
        photo.orientation,
        icc.name(profile) if profile else facts.color_profile,
        facts.taken_at,
        dpi=_dpi(photo.image),
    )
    with file.open("rb") as opened, suppress(BrokenImage, Beyond):
        source = _FileSource(opened) if photo.image.format == "TIFF" else exif.source(photo.image.info.get("exif"))
        tags = Tags(source)
        with suppress(BrokenImage, Beyond):
            tags.load_first()
        found = _with_tags(found, source, tags)
    return found


def _with_tags(found: PrintFacts, source: Source, tags: Tags) -> PrintFacts:
    return PrintFacts(
        found.width,
        found.height,
        found.orientation,
        found.color_profile,
        found.taken_at or exif.taken_at(source, tags),
        _camera(tags),
        found.dpi or _exif_dpi(tags),
        _location(source, tags),
    )


def _camera(tags: Tags) -> str | None:
    """Make and model, without the make twice."""
    make, model = (_text(tags.block(tag)) for tag in (MAKE, MODEL))
    both = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return both.strip()[:LONGEST_CAMERA] or None


def _text(value: bytes) -> str:
    text = value.partition(b"\x00")[0].decode("utf-8", "replace")
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _dpi(image: "Image") -> int | None:
    """By JFIF or PNG. Pillow makes 72 up for JPEGs that tell none."""
    if image.format == "PNG" and "dpi" in image.info:
        return _sane(image.info["dpi"][0])
    unit, density = image.info.get("jfif_unit"), image.info.get("jfif_density", (0, 0))[0]
    return _sane(density * CM_PER_INCH if unit == 2 else density) if unit in (1, 2) else None


def _exif_dpi(tags: Tags) -> int | None:
    resolution = tags.rationals(X_RESOLUTION, 1)
    if not resolution:
        return None
    return _sane(resolution[0] * (CM_PER_INCH if tags.number(RESOLUTION_UNIT) == CENTIMETRES else 1))


def _sane(dpi: float) -> int | None:
    return round(dpi) if 1 <= dpi <= MOST_DPI else None


def _location(source: Source, tags: Tags) -> str | None:
    inner = Tags(source)
    with suppress(BrokenImage, Beyond):
        inner.load(tags.number(GPS) or source.size)
    latitude = _degrees(inner, LATITUDE, LATITUDE_SIDE, 90)
    longitude = _degrees(inner, LONGITUDE, LONGITUDE_SIDE, 180)
    return f"{latitude:.5f},{longitude:.5f}" if latitude is not None and longitude is not None else None


def _degrees(tags: Tags, tag: int, side: int, most: int) -> float | None:
    parts = tags.rationals(tag)
    if len(parts) != 3:
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    return (-degrees if tags.block(side)[:1] in (b"S", b"W") else degrees) if degrees <= most else None
