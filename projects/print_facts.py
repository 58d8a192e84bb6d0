"""What a print will look like: the effective resolution of each placement. Pure."""

from typing import Protocol

from projects.records import Crop, Placement

MM_PER_INCH = 25.4
TURNED = (5, 6, 7, 8)
"""EXIF orientations that exchange width and height."""
WHOLE = Crop(0, 0, 1, 1)


class Pixels(Protocol):
    """As much of a file as decides its resolution; `width` and `height` as stored."""

    @property
    def width(self) -> int | None: ...

    @property
    def height(self) -> int | None: ...

    @property
    def orientation(self) -> int | None: ...


def dpi_of(placement: Placement, file: Pixels | None) -> int | None:
    """None while the pixels of the photo are not known."""
    if file is None or not file.width or not file.height:
        return None
    return effective_dpi(placement, width=file.width, height=file.height, orientation=file.orientation)


def effective_dpi(placement: Placement, *, width: int, height: int, orientation: int | None) -> int:
    """Pixels of the photo per printed inch, of the worse direction. `width` and `height` are pixels as stored."""
    across, down = (height, width) if orientation in TURNED else (width, height)
    crop = placement.crop or WHOLE
    horizontal = across * crop.width / (placement.width_mm / MM_PER_INCH)
    vertical = down * crop.height / (placement.height_mm / MM_PER_INCH)
    return round(min(horizontal, vertical))
