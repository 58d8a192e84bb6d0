"""The answers of the probe."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """`width` and `height`: pixels as stored, which `orientation` (EXIF 1 to 8) then turns.

    For HEIC and AVIF the orientation is the container's own transform; EXIF inside does not count.
    `color_profile`: the ICC profile's description, "embedded" without one, "nclx" for colours told by number.
    `taken_at`: ISO 8601, the camera's local time.
    """

    content_type: str
    width: int
    height: int
    orientation: int = 1
    color_profile: str | None = None
    taken_at: str | None = None

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as people see it."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


@dataclass(frozen=True, slots=True)
class NeedRange:
    """One more ranged read is wanted."""

    start: int
    length: int


class BrokenImage(Exception):
    """`code` is stable; `text` is a sentence that a customer can read."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def truncated() -> BrokenImage:
    return BrokenImage("truncated", "The file ends too early; it may not have been copied completely.")


def damaged(kind: str) -> BrokenImage:
    """`kind`: a format's name, like "JPEG"."""
    return BrokenImage("broken-header", f"The {kind} photo's header is damaged.")
