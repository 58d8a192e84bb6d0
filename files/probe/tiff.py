"""TIFF and BigTIFF: the first directory, wherever in the file it lies. Cameras' raw files look alike."""

from files.probe import exif, icc
from files.probe.facts import BrokenImage, ImageFacts
from files.probe.ifd import Tags
from files.probe.source import Source

SUBFILE, WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 259, 262
SUB_DIRECTORIES, PROFILE, DNG_VERSION = 330, 34675, 50706
RAW_COMPRESSIONS = {32767, 34713, 65000, 65535}
"""Sony, Nikon, Kodak, Pentax."""
RAW_PHOTOMETRICS = {32803, 34892}
"""Colour filter array, linear raw."""


def read(source: Source) -> ImageFacts:
    tags = Tags(source)
    tags.load_first()
    if source.peek(8, 2) == b"CR" or _is_raw(tags):
        raise BrokenImage(
            "not-an-image",
            "This is a camera's raw file, not a photo that can be printed. Send a JPEG or TIFF made from it.",
        )
    return ImageFacts(
        "image/tiff",
        tags.number(WIDTH) or 0,
        tags.number(HEIGHT) or 0,
        exif.orientation(tags),
        icc.name(tags.block(PROFILE)) if PROFILE in tags else None,
        exif.taken_at(source, tags),
    )


def _is_raw(tags: Tags) -> bool:
    preview_first = (tags.number(SUBFILE) or 0) & 1 and SUB_DIRECTORIES in tags
    return bool(
        preview_first
        or DNG_VERSION in tags
        or tags.number(COMPRESSION) in RAW_COMPRESSIONS
        or tags.number(PHOTOMETRIC) in RAW_PHOTOMETRICS
    )
