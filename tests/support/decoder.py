"""Bytes through the real child process, and what it made of them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from files.decoding import drawing, process
from files.decoding.answers import Answer

Pixel = tuple[int, ...]
ALL = tuple(f"{kind}.{form}" for kind in drawing.EDGES for form in drawing.FORMS)


@dataclass(frozen=True)
class Seen:
    answer: Answer
    renditions: dict[str, bytes]

    def picture(self, name: str = "preview.webp") -> Image.Image:
        return Image.open(io.BytesIO(self.renditions[name]))

    def pixel(self, x: float, y: float, name: str = "preview.webp") -> Pixel:
        """At a share of width and height."""
        picture = self.picture(name).convert("RGB")
        found = picture.getpixel((int(x * picture.width), int(y * picture.height)))
        assert isinstance(found, tuple)
        return found


def decoded(body: bytes, names: Sequence[str] = ALL) -> Seen:
    """Raises BrokenImage for what the decoder crashed over; what it refused is in the answer."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "original").write_bytes(body)
        answer = process.ask(place / "original", place, names)
        return Seen(answer, {name: (place / name).read_bytes() for name in answer.renditions})


def refused(body: bytes) -> str:
    """The code of the refusal."""
    refusal = decoded(body).answer.refusal
    assert refusal is not None
    assert refusal.text.endswith(".")
    return refusal.code


def close(found: Pixel, wanted: Pixel, most: int = 12) -> bool:
    return all(abs(one - other) <= most for one, other in zip(found, wanted, strict=True))
