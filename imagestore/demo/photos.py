"""The photos of a visit: files of a folder, as a client would announce them."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

MOST = 500
"""As many as one call registers, and as many as one load signs."""
TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".avif": "image/avif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".gif": "image/gif",
}
_HEIF = rb".{4}ftyp(hei|hev|mif|msf)"
HEADS = {
    "image/jpeg": rb"\xff\xd8\xff",
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/webp": rb"RIFF.{4}WEBP",
    "image/heic": _HEIF,
    "image/heif": _HEIF,
    "image/avif": rb".{4}ftyp(avi|mif|msf)",
    "image/tiff": rb"II\*\0|MM\0\*",
    "image/gif": rb"GIF8[79]a",
}


@dataclass(frozen=True, slots=True)
class Photo:
    """`genuine`: its first bytes are those of the type that its name says. The product must reject any other."""

    path: Path
    content_type: str
    size: int
    sha256: str
    genuine: bool

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def announcement(self) -> dict[str, object]:
        """What registers it."""
        return {"name": self.name, "content_type": self.content_type, "size": self.size, "sha256": self.sha256}


def find(folder: Path) -> tuple[list[Path], list[str]]:
    """The photos of a folder in order of their names, and the names of what is left out. Raises OSError."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    photos = [path for path in files if path.suffix.lower() in TYPES]
    left_out = [path.name for path in files if path.suffix.lower() not in TYPES]
    return photos[:MOST], left_out + [path.name for path in photos[MOST:]]


def read(path: Path) -> Photo:
    """Hashes the file as it streams by. Raises OSError."""
    content_type = TYPES[path.suffix.lower()]
    with path.open("rb") as stream:
        head = stream.read(16)
        stream.seek(0)
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.tell()
    return Photo(path, content_type, size, sha256, is_genuine(head, content_type))


def is_genuine(head: bytes, content_type: str) -> bool:
    return re.match(HEADS[content_type], head, re.DOTALL) is not None
