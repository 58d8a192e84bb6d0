"""Documents of saves that are too large for their row: immutable objects, one per save, shared by nobody."""

from collections.abc import Iterable

from imagestore.common import objects
from projects import keys, packing
from projects.records import Placement, Version


def put_document(shop: str, save_id: str, packed: bytes) -> None:
    objects.put_new(keys.document_object(shop, save_id), packed, "application/zstd")


def content_of(shop: str, version: Version) -> tuple[bytes, tuple[Placement, ...]]:
    """The document's JSON and the placements."""
    packed = version.content
    if packed is None:
        packed = objects.read(keys.document_object(shop, version.save_id))
    if packed is None:
        raise FileNotFoundError(f"the document of save {version.save_id} is not in storage")
    return packing.content_in(packed)


def remove_documents(shop: str, save_ids: Iterable[str]) -> None:
    for save_id in save_ids:
        objects.remove(keys.document_object(shop, save_id))
