"""Private keys that development keeps in files, readable by their owner alone."""

import os
from pathlib import Path

import orjson
from django.conf import settings

from imagestore.identity.records import Jwk


def local_file(shop_id: str) -> Path:
    """Where development keeps the private key of a shop that it made itself."""
    folder: Path = settings.IMAGESTORE_LOCAL_FOLDER
    return folder / "keys" / f"{shop_id}.json"


def write(file: Path, key: Jwk) -> None:
    """Raises FileExistsError rather than lose a key."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(orjson.dumps(key, option=orjson.OPT_INDENT_2) + b"\n")


def read(file: Path) -> Jwk:
    """Raises FileNotFoundError, or ValueError if the file holds no JSON object."""
    key = orjson.loads(file.read_bytes())
    if not isinstance(key, dict):
        raise ValueError(f"{file} holds no key")
    return key
