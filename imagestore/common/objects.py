"""Objects in the bucket. Keys and meaning belong to the domains' `storage` modules."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from itertools import groupby
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings

from imagestore.common import aws
from imagestore.common.batches import chunks

DELETE_BATCH = 1000
PIECE = 1024 * 1024
TRIES = 4
ARCHIVE_TAG = ("imagestore-archive", "yes")
MISSING = {"NoSuchKey", "404", "NotFound", "NoSuchVersion"}
EXISTS = {"PreconditionFailed", "412", "ConditionalRequestConflict"}


class ObjectExists(Exception):
    """Something is there already."""


class ObjectMissing(Exception):
    """Nothing is there any more."""


class ObjectDamaged(Exception):
    """Its bytes are not those whose checksum storage keeps."""


class Part(NamedTuple):
    """Bytes of an object from `start`, and what storage says of the whole."""

    body: bytes
    size: int
    version: str | None
    content_type: str
    assembled: bool = False
    """Put together from the parts of a multipart upload."""


class Version(NamedTuple):
    key: str
    version: str
    size: int


def read_part(key: str, start: int, length: int) -> Part | None:
    """One ranged read; None when there is no object. An empty object answers with no bytes."""
    try:
        answer = aws.s3().get_object(
            Bucket=settings.IMAGESTORE_BUCKET, Key=key, Range=f"bytes={start}-{start + length - 1}"
        )
    except aws.AwsError as error:
        if aws.error_code(error) in MISSING:
            return None
        if aws.error_code(error) == "InvalidRange":
            return Part(b"", 0, None, "")
        raise
    size = int(answer["ContentRange"].rpartition("/")[2]) if "ContentRange" in answer else answer["ContentLength"]
    # The ETag of an assembled object ends in the number of its parts.
    assembled = "-" in answer.get("ETag", "")
    return Part(answer["Body"].read(), size, answer.get("VersionId"), answer["ContentType"], assembled)


def read(key: str) -> bytes | None:
    try:
        return aws.s3().get_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key)["Body"].read()
    except aws.AwsError as error:
        if aws.error_code(error) in MISSING:
            return None
        raise


def save_to(file: BinaryIO, key: str, version: str | None) -> str | None:
    """Writes one version of an object into a file, piece by piece; answers its SHA-256, None when there is none."""
    digest = hashlib.sha256()
    try:
        for piece in stream(key, version):
            digest.update(piece)
            file.write(piece)
    except ObjectMissing:
        return None
    return digest.hexdigest()


def stream(key: str, version: str | None, bucket: str = "") -> Iterator[bytes]:
    """One version of an object, piece by piece. A connection that breaks is taken up again where it broke.

    Raises ObjectMissing, ObjectDamaged.
    """
    read, breaks = 0, 0
    while True:
        with closing(_body(key, version, read, bucket)) as body:
            try:
                for piece in body.iter_chunks(PIECE):
                    read += len(piece)
                    yield piece
                return
            except aws.BROKEN:
                breaks += 1
                if breaks == TRIES:
                    raise
            except aws.DAMAGED as error:
                raise ObjectDamaged(key) from error


def _body(key: str, version: str | None, start: int, bucket: str) -> Any:
    asked: Any = {"VersionId": version} if version else {}
    if start:
        asked["Range"] = f"bytes={start}-"
    try:
        return aws.s3().get_object(Bucket=bucket or settings.IMAGESTORE_BUCKET, Key=key, **asked)["Body"]
    except aws.AwsError as error:
        if aws.error_code(error) in MISSING:
            raise ObjectMissing(key) from error
        raise


def put_once(key: str, body: bytes, content_type: str) -> str:
    """The version of an immutable object, which is written unless it was before."""
    try:
        answer = aws.s3().put_object(
            Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*"
        )
    except aws.AwsError as error:
        if aws.error_code(error) not in EXISTS:
            raise
        answer = aws.s3().head_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key)  # type: ignore[assignment]
    return answer.get("VersionId") or "null"


def put_new(key: str, body: bytes, content_type: str) -> None:
    """Writes an immutable object under a key minted for it."""
    aws.s3().put_object(
        Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*"
    )


def copy_new(source: str, version: str | None, key: str) -> str | None:
    """Copies exactly this version, without its tags, to a key where nothing is yet; answers the copy's version.

    Raises ObjectExists, ObjectMissing.
    """
    place: Any = {"Bucket": settings.IMAGESTORE_BUCKET, "Key": source}
    if version:
        place["VersionId"] = version
    try:
        answer = aws.s3().copy_object(
            Bucket=settings.IMAGESTORE_BUCKET,
            Key=key,
            CopySource=place,
            IfNoneMatch="*",
            MetadataDirective="COPY",
            TaggingDirective="REPLACE",
        )
    except aws.AwsError as error:
        if aws.error_code(error) in EXISTS:
            raise ObjectExists(key) from error
        if aws.error_code(error) in MISSING:
            raise ObjectMissing(source) from error
        raise
    return answer.get("VersionId")


def archive(key: str, version: str | None) -> None:
    """Marks an object by its only tag, by which the bucket's life cycle moves it to a colder storage class. It reads as
    before, without a wait. Nothing is written that a removal at the same time could leave. Raises ObjectMissing.
    """
    name, value = ARCHIVE_TAG
    which: Any = {"VersionId": version} if version else {}
    tags: Any = {"TagSet": [{"Key": name, "Value": value}]}
    try:
        aws.s3().put_object_tagging(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Tagging=tags, **which)
    except aws.AwsError as error:
        if aws.error_code(error) in MISSING:
            raise ObjectMissing(key) from error
        raise


def versions(prefix: str) -> Iterable[Version]:
    """Every version (and delete marker, of size 0) of the objects whose key starts with `prefix`."""
    pages = aws.s3().get_paginator("list_object_versions").paginate(Bucket=settings.IMAGESTORE_BUCKET, Prefix=prefix)
    for page in pages:
        for entry in page.get("Versions", []):
            yield Version(entry["Key"], entry["VersionId"], entry["Size"])
        for marker in page.get("DeleteMarkers", []):
            yield Version(marker["Key"], marker["VersionId"], 0)


class Listed(NamedTuple):
    """An object as a listing has it: `size` is None when its newest version is a delete marker."""

    key: str
    size: int | None
    modified: datetime
    """When the newest of its versions was written."""
    versions: tuple[str, ...]


def listing(prefix: str = "") -> Iterator[Listed]:
    """Every object, in the order of keys, with all its versions: one request for 1,000 of them."""
    for key, found in groupby(_entries(prefix), key=lambda entry: str(entry["Key"])):
        entries = list(found)
        newest = next((entry for entry in entries if entry["IsLatest"]), entries[0])
        yield Listed(
            key,
            newest.get("Size"),
            max(entry["LastModified"] for entry in entries),
            tuple(entry["VersionId"] for entry in entries),
        )


def listed(key: str) -> Listed | None:
    """One object as it is now; None when storage has no version of it."""
    return next((found for found in listing(key) if found.key == key), None)


def _entries(prefix: str) -> Iterator[Any]:
    """Versions and delete markers. No key is in two pages but the last of one, which may be the first of the next."""
    pages = aws.s3().get_paginator("list_object_versions").paginate(Bucket=settings.IMAGESTORE_BUCKET, Prefix=prefix)
    for page in pages:
        entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        yield from sorted(entries, key=lambda entry: entry["Key"])


def bring_back(key: str) -> bool:
    """Removes the delete markers that hide an object; False when nothing is hidden."""
    pages = aws.s3().get_paginator("list_object_versions").paginate(Bucket=settings.IMAGESTORE_BUCKET, Prefix=key)
    markers = [(one["Key"], one["VersionId"]) for page in pages for one in page.get("DeleteMarkers", [])]
    return not remove_versions((name, version) for name, version in markers if name == key)


def head(key: str) -> int | None:
    """The size of an object; None when there is none."""
    try:
        return int(aws.s3().head_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key)["ContentLength"])
    except aws.AwsError as error:
        if aws.error_code(error) in MISSING:
            return None
        raise


def remove_versions(doomed: Iterable[tuple[str, str]]) -> list[str]:
    """Deletes versions for good, in thousands; answers the keys that storage did not delete."""
    failed: list[str] = []
    for chunk in chunks(doomed, DELETE_BATCH):
        entries: Any = [{"Key": key, "VersionId": version} for key, version in chunk]
        answer = aws.s3().delete_objects(Bucket=settings.IMAGESTORE_BUCKET, Delete={"Objects": entries, "Quiet": True})
        failed += [error["Key"] for error in answer.get("Errors", []) if error.get("Code") not in MISSING]
    return failed


def remove(key: str) -> int:
    """Deletes every version of one object; answers how many there were."""
    return _remove(key, [version for version in versions(key) if version.key == key])


def remove_family(key: str, *, itself: bool = True) -> int:
    """Deletes every version of an object and of those made of it, which are named `key.…`."""
    found = versions(key if itself else f"{key}.")
    return _remove(key, [version for version in found if version.key.removeprefix(key)[:1] in ("", ".")])


def _remove(key: str, found: list[Version]) -> int:
    if found and remove_versions((version.key, version.version) for version in found):
        raise OSError(f"storage did not delete {key}")
    return len(found)
