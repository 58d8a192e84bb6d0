"""Photos that the demo draws itself, so that it needs nobody's: seaside pictures, and one file that is no photo."""

import math
import struct
import zlib
from pathlib import Path

BROKEN = "not_a_photo.jpg"
Colour = tuple[int, int, int]
PICTURES: tuple[tuple[str, int, int, int, Colour, Colour], ...] = (
    ("01_first_light.png", 480, 320, 1, (255, 196, 140), (58, 90, 130)),
    ("02_morning.png", 640, 360, 1, (170, 214, 240), (32, 110, 140)),
    ("03_upright_phone.png", 480, 360, 6, (140, 200, 250), (20, 96, 150)),
    ("04_panorama.png", 900, 200, 1, (120, 190, 245), (16, 120, 160)),
    ("05_square.png", 400, 400, 1, (196, 226, 250), (40, 130, 120)),
    ("06_upside_down.png", 480, 320, 3, (250, 230, 180), (90, 140, 150)),
    ("07_mirror.png", 360, 240, 2, (240, 210, 220), (100, 100, 150)),
    ("08_other_phone.png", 480, 360, 8, (250, 180, 120), (70, 80, 130)),
    ("09_tall.png", 240, 600, 1, (245, 150, 110), (60, 50, 100)),
    ("10_storm.png", 640, 400, 1, (110, 120, 135), (40, 60, 70)),
    ("11_dusk.png", 320, 240, 1, (150, 90, 130), (30, 30, 70)),
    ("12_night.png", 512, 512, 1, (20, 24, 60), (8, 10, 30)),
)
"""Name, width, height, EXIF orientation, colours of sky and sea."""


def draw_into(folder: Path) -> None:
    for name, width, height, orientation, sky, sea in PICTURES:
        (folder / name).write_bytes(png(_rows(width, height, sky, sea), width, height, orientation))
    (folder / BROKEN).write_text("A shopping list that someone took for a photo: bread, milk, apples.\n")


def png(rows: bytes, width: int, height: int, orientation: int) -> bytes:
    """`rows`: for each row a zero byte (no filter), then three bytes per pixel."""
    chunks = (
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        _chunk(b"eXIf", _exif(orientation)),
        _chunk(b"IDAT", zlib.compress(rows)),
        _chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _exif(orientation: int) -> bytes:
    """One directory with one entry: tag 0x0112, a short."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def _rows(width: int, height: int, sky: Colour, sea: Colour) -> bytes:
    """A sky that brightens towards the horizon, a sun, and a sea that darkens towards the viewer."""
    horizon, radius = height * 3 // 5, min(width, height) // 6
    above = (
        _row(width, _shade(sky, 0.75 + 0.25 * y / horizon), _chord(y - horizon // 2, radius)) for y in range(horizon)
    )
    below = (_row(width, _shade(sea, 1.2 - 0.5 * y / height), 0) for y in range(horizon, height))
    return b"".join((*above, *below))


def _row(width: int, colour: Colour, sun: int) -> bytes:
    side = bytes(colour) * ((width - sun) // 2)
    return b"\0" + side + bytes((255, 244, 200)) * sun + side + bytes(colour) * ((width - sun) % 2)


def _chord(distance: int, radius: int) -> int:
    """Pixels that the sun covers in a row at this distance from its centre."""
    return 2 * int(math.sqrt(max(0, radius**2 - distance**2)))


def _shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, int(part * factor)) for part in colour)
    return red, green, blue
