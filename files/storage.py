"""The originals in the bucket, and the renditions beside them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from files import keys, rules
from files.probe import HEAD_BYTES, ImageFacts, NeedRange, probe
from files.records import File
from imagestore.common import multipart, objects
from imagestore.common.batches import in_parallel
from imagestore.common.multipart import UploadedPart
from imagestore.common.signing import SignedForm, SignedRead, SignedUpload, Signer, attachment


@dataclass(frozen=True, slots=True)
class Arrived:
    """An object that storage has: its size, its version, and the content type that was sent with it."""

    size: int
    version: str | None
    content_type: str
    head: bytes
    assembled: bool = False
    """From the parts of a multipart upload."""


def arrived(shop: str, id: str) -> Arrived | None:
    """One ranged read of the head; None when nothing was uploaded."""
    return _head(keys.object_key(shop, id))


def arrived_by_form(shop: str, id: str) -> Arrived | None:
    """The newest bytes that a form brought; one ranged read."""
    return _head(keys.form_key(shop, id))


def _head(key: str) -> Arrived | None:
    part = objects.read_part(key, 0, HEAD_BYTES)
    return Arrived(part.size, part.version, part.content_type, part.body, part.assembled) if part else None


def take_in(shop: str, id: str, version: str | None) -> str | None:
    """Copies exactly the version that was looked at to the final key; answers the copy's version.

    Raises objects.ObjectExists when a copy was made before, objects.ObjectMissing when the form's bytes are gone.
    """
    return objects.copy_new(keys.form_key(shop, id), version, keys.object_key(shop, id))


def copy_original(original: File, copy: File) -> str | None:
    """The bytes that were confirmed, to a key of their own; answers the copy's version. Raises objects.ObjectMissing.

    Only this call writes there: what is there already is its own, of a try whose answer was lost.
    """
    key = keys.object_key(copy.shop, copy.id)
    try:
        return objects.copy_new(keys.object_key(original.shop, original.id), original.object_version, key)
    except objects.ObjectExists:
        made = _head(key)
        return made.version if made else None


def remove_copy(file: File, version: str | None) -> None:
    """Made by a confirmation that came second, where storage lets one write over the other."""
    if version:
        objects.remove_versions([(keys.object_key(file.shop, file.id), version)])


def remove_form(shop: str, id: str, version: str | None = None) -> None:
    """What a form brought: one version, or all of them."""
    key = keys.form_key(shop, id)
    if version:
        objects.remove_versions([(key, version)])
    else:
        objects.remove(key)


def image_facts(key: str, upload: Arrived) -> ImageFacts:
    """What the header says, with at most one more ranged read. Raises probe.BrokenImage."""
    found = probe(upload.head, upload.size)
    if isinstance(found, NeedRange):
        part = objects.read_part(key, found.start, found.length)
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


def sign_form(signer: Signer, file: File) -> SignedForm:
    return signer.form(keys.form_key(file.shop, file.id), content_type=file.content_type, most_bytes=rules.LARGEST_FILE)


def begin_parts(file: File) -> str:
    """Answers the upload's id. What is assembled lands under the final key: only we complete it, and only once."""
    return multipart.begin(keys.object_key(file.shop, file.id), file.content_type)


def parts(file: File) -> list[UploadedPart]:
    """Raises multipart.UploadUnknown."""
    return multipart.parts(keys.object_key(file.shop, file.id), str(file.upload_id))


def complete_parts(file: File, chosen: Sequence[UploadedPart]) -> None:
    """Raises multipart.UploadUnknown, objects.ObjectExists."""
    multipart.complete(keys.object_key(file.shop, file.id), str(file.upload_id), chosen)


def abort_parts(file: File) -> bool:
    """False when there was nothing to abort any more."""
    return multipart.abort(keys.object_key(file.shop, file.id), str(file.upload_id))


def sign_part(signer: Signer, file: File, number: int, size: int | None) -> SignedUpload:
    key = keys.object_key(file.shop, file.id)
    return signer.part(key, upload_id=str(file.upload_id), number=number, size=size)


def sign_read(signer: Signer, file: File) -> SignedRead:
    """Answers with the verified type, as a download under the customer's own name for it."""
    return signer.read(
        keys.object_key(file.shop, file.id), content_type=file.content_type, disposition=attachment(file.name)
    )


def save_original(file: File, into: BinaryIO) -> str | None:
    """The bytes that were confirmed, and no other version; answers their SHA-256, None when storage lost them."""
    return objects.save_to(into, keys.object_key(file.shop, file.id), file.object_version)


def read_original(shop: str, id: str, version: str | None) -> Iterator[bytes]:
    """The bytes of one version, piece by piece. Raises objects.ObjectMissing, objects.ObjectDamaged."""
    return objects.stream(keys.object_key(shop, id), version)


def put_rendition(file: File, name: str, body: bytes) -> str:
    """Answers the version; one that was made before stays."""
    return objects.put_once(keys.rendition_key(file.shop, file.id, name), body, rules.RENDITIONS[name])


def sign_rendition(signer: Signer, file: File, name: str) -> SignedRead:
    key = keys.rendition_key(file.shop, file.id, name)
    return signer.read(key, content_type=rules.RENDITIONS[name], disposition="inline")


def archive(file: File) -> None:
    """The original moves to a colder storage class. Raises objects.ObjectMissing."""
    objects.archive(keys.object_key(file.shop, file.id), file.object_version)


def remove(files: Sequence[File]) -> set[str]:
    """Deletes the bytes of many files for good, renditions too; answers the ids of those that storage still has.

    The row of a decoded file knows each version there is, unless somebody was making more; else storage is asked.
    An upload in parts is aborted first: after that nobody can complete it.
    """
    in_parallel(abort_parts, [file for file in files if file.upload_id])
    known = [file for file in files if file.object_version and file.decoded_at and not file.claimed_until]
    owners = {object: file.id for file in known for object in _objects(file)}
    failed = set(objects.remove_versions(owners))
    left = {id for (key, _), id in owners.items() if key in failed}
    for file in files:
        if file not in known or file.form:
            left |= _remove_all(file)
    return left


def remove_renditions_of(made: Mapping[tuple[str, str], Collection[str]]) -> set[str]:
    """Deletes "name=version" of files, by (shop, id), for good; answers the ids of those that storage still has."""
    owners = {object: id for (shop, id), entries in made.items() for object in _made(shop, id, entries)}
    failed = set(objects.remove_versions(owners))
    return {id for (key, _), id in owners.items() if key in failed}


def remove_entries(shop: str, id: str, entries: Collection[str]) -> None:
    """The same of one file; raises OSError when storage still has any."""
    if remove_renditions_of({(shop, id): entries}):
        raise OSError(f"storage did not delete renditions of {id}")


def remove_renditions(file: File) -> None:
    """Those that came after the file was removed."""
    objects.remove_family(keys.object_key(file.shop, file.id), itself=False)


def remove_late(shop: str, id: str) -> None:
    """Bytes that arrived for a file that is being removed, or was."""
    objects.remove_family(keys.object_key(shop, id))


def remove_any(shop: str, id: str) -> int:
    """Whatever there is of a file that is gone; answers how many versions there were."""
    return sum(map(objects.remove_family, (keys.object_key(shop, id), keys.form_key(shop, id))))


def _objects(file: File) -> list[tuple[str, str]]:
    """Key and version of the original and of each rendition."""
    original = keys.object_key(file.shop, file.id), str(file.object_version)
    return [original, *_made(file.shop, file.id, file.renditions)]


def _made(shop: str, id: str, entries: Iterable[str]) -> list[tuple[str, str]]:
    """Key and version of each rendition, of "name=version"."""
    made = (entry.split("=", 1) for entry in entries)
    return [(keys.rendition_key(shop, id, name), version) for name, version in made]


def _remove_all(file: File) -> set[str]:
    try:
        objects.remove_family(keys.object_key(file.shop, file.id))
        if file.form:
            remove_form(file.shop, file.id)
    except OSError:
        return {file.id}
    return set()
