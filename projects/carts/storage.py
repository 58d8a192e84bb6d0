"""Copies of states that are too large for their row: immutable objects, one per pin, shared by nobody."""

from imagestore.common import objects
from projects import packing
from projects.carts import keys
from projects.carts.records import Copy
from projects.records import Content


def put_content(shop: str, pin: str, packed: bytes) -> None:
    objects.put_once(keys.document_object(shop, pin), packed, "application/zstd")


def content_of(shop: str, pin: str, copy: Copy) -> Content | None:
    """At most one object is read; None when it was removed."""
    packed = objects.read(keys.document_object(shop, pin)) if copy.content is None else copy.content
    if packed is None:
        return None
    document, placements = packing.content_in(packed)
    return Content(document, packing.files_in(copy.uses), placements)


def remove_content(shop: str, pin: str) -> None:
    objects.remove(keys.document_object(shop, pin))
