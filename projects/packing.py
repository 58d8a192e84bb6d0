"""Documents and lists of photos in their stored form: compressed JSON. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import orjson
import zstandard

from projects.records import Crop, Placement

LENGTH_BYTES = 4


def pack(document: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3, write_content_size=True).compress(document)


def unpack(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(packed)


def pack_content(document: bytes, placements: Sequence[Placement]) -> bytes:
    """Both in one piece: the document's length, the document, the placements."""
    length = len(document).to_bytes(LENGTH_BYTES, "big")
    return pack(length + document + (orjson.dumps([_row(one) for one in placements]) if placements else b""))


def content_in(packed: bytes) -> tuple[bytes, tuple[Placement, ...]]:
    """The document's JSON and the placements."""
    whole = unpack(packed)
    end = LENGTH_BYTES + int.from_bytes(whole[:LENGTH_BYTES], "big")
    return whole[LENGTH_BYTES:end], _placements(orjson.loads(whole[end:] or b"[]"))


def _placements(rows: Iterable[Sequence[Any]]) -> tuple[Placement, ...]:
    return tuple(_placement(*row) for row in rows)


def _row(placement: Placement) -> list[object]:
    return [placement.alias, placement.page, placement.width_mm, placement.height_mm, list(placement.crop or ())]


def _placement(alias: str, page: int, width_mm: float, height_mm: float, crop: list[float]) -> Placement:
    return Placement(alias, page, width_mm, height_mm, Crop(*crop) if crop else None)


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
