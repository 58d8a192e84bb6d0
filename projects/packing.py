"""Documents and lists of photos in their stored form: compressed JSON. Pure."""

from collections.abc import Collection, Mapping

import orjson
import zstandard


def pack(document: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3, write_content_size=True).compress(document)


def unpack(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(packed)


def pack_files(files: Mapping[str, str]) -> bytes:
    return pack(orjson.dumps(dict(files)))


def files_in(packed: bytes) -> dict[str, str]:
    """File ids by alias."""
    files: dict[str, str] = orjson.loads(unpack(packed))
    return files


def pack_photos(photos: Collection[str]) -> bytes:
    return pack(orjson.dumps(sorted(photos)))


def photos_in(packed: bytes) -> frozenset[str]:
    return frozenset(orjson.loads(unpack(packed)))
