"""Small real images, drawn by Pillow."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Photo:
    name: str
    content_type: str
    body: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def announcement(self) -> dict[str, object]:
        """What a client sends to register it."""
        return {
            "name": self.name,
            "content_type": self.content_type,
            "size": len(self.body),
            "sha256": self.sha256,
        }


def photo(number: int = 0, *, size: tuple[int, int] = (64, 48), form: str = "JPEG", name: str = "") -> Photo:
    """Each number draws other bytes."""
    colour = (number * 37 % 256, number * 91 % 256, number // 256 % 256)
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, form)
    return Photo(name or f"photo {number}.{form.lower()}", f"image/{form.lower()}", buffer.getvalue())
