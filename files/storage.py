"""The originals in the bucket."""

from collections.abc import Sequence
from dataclasses import dataclass

from files import keys
from files.probe import HEAD_BYTES, ImageFacts, NeedRange, probe
from files.records import File
from imagestore.common import objects
from imagestore.common.signing import SignedRead, SignedUpload, Signer, attachment


@dataclass(frozen=True, slots=True)
class Arrived:
    """An object that storage has: its size, its version, and the content type that was sent with it."""

    size: int
    version: str | None
    content_type: str
    head: bytes


def arrived(shop: str, id: str) -> Arrived | None:
    """One ranged read of the head; None when nothing was uploaded."""
    part = objects.read_part(keys.object_key(shop, id), 0, HEAD_BYTES)
    return Arrived(part.size, part.version, part.content_type, part.body) if part else None


def image_facts(shop: str, id: str, upload: Arrived) -> ImageFacts:
    """What the header says, with at most one more ranged read. Raises probe.BrokenImage."""
    found = probe(upload.head, upload.size)
    if isinstance(found, NeedRange):
        part = objects.read_part(keys.object_key(shop, id), found.start, found.length)
        found = probe(upload.head, upload.size, (found.start, part.body if part else b""))
    assert isinstance(found, ImageFacts)  # noqa: S101 - the probe asks only once
    return found


def sign_upload(signer: Signer, file: File) -> SignedUpload:
    return signer.upload(
        keys.object_key(file.shop, file.id),
        size=file.size,
        content_type=file.content_type,
        sha256=file.sha256,
    )


def sign_read(signer: Signer, file: File) -> SignedRead:
    """Answers with the verified type, as a download under the customer's own name for it."""
    return signer.read(
        keys.object_key(file.shop, file.id), content_type=file.content_type, disposition=attachment(file.name)
    )


def remove(files: Sequence[File]) -> set[str]:
    """Deletes the bytes of many files for good; answers the ids of those that storage still has.

    A verified file has one version, which its row knows; for others storage is asked.
    """
    known = {keys.object_key(file.shop, file.id): file for file in files if file.object_version}
    failed = objects.remove_versions((key, str(file.object_version)) for key, file in known.items())
    left = {known[key].id for key in failed}
    for file in files:
        if not file.object_version:
            left |= _remove_all(file.shop, file.id)
    return left


def remove_late(shop: str, id: str) -> None:
    """Bytes that arrived for a file that is being removed, or was."""
    objects.remove(keys.object_key(shop, id))


def _remove_all(shop: str, id: str) -> set[str]:
    try:
        objects.remove(keys.object_key(shop, id))
    except OSError:
        return {id}
    return set()
