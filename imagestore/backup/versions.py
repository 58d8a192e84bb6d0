"""Objects as of a moment: which of their versions was current, and copies of it elsewhere, made by storage itself."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from imagestore.backup.errors import DrillRefused
from imagestore.backup.records import Version
from imagestore.common import aws
from imagestore.common.objects import MISSING

WHOLE = 1024**3
"""Larger objects are copied in parts."""
PART = 512 * 1024**2


def prefixes(bucket: str) -> list[str]:
    """The first steps of all keys, with `/`; and "" for what lies beside them."""
    pages = aws.s3().get_paginator("list_object_versions").paginate(Bucket=bucket, Delimiter="/")
    return ["", *sorted({entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])})]


def as_of(bucket: str, prefix: str, at: datetime) -> Iterator[Version]:
    """What could be read at that moment; storage tells moments to the second. What was removed since with all its
    versions is not among it."""
    for key, versions in groupby(_listed(bucket, prefix), key=itemgetter("Key")):
        current = next((entry for entry in _newest_first(list(versions)) if entry["LastModified"] <= at), None)
        if current and "Size" in current:
            modified = current["LastModified"].isoformat()
            yield Version(key, current["VersionId"], current["Size"], current["ETag"].strip('"'), modified)


def _newest_first(entries: list[Any]) -> list[Any]:
    return sorted(entries, key=lambda entry: (entry["LastModified"], entry["IsLatest"]), reverse=True)


def _listed(bucket: str, prefix: str) -> Iterator[Any]:
    """Versions and delete markers by key. Without a prefix only what has no `/` in its key."""
    level: Any = {"Prefix": prefix} if prefix else {"Delimiter": "/"}
    for page in aws.s3().get_paginator("list_object_versions").paginate(Bucket=bucket, **level):
        entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        yield from sorted(entries, key=itemgetter("Key"))


class Source(NamedTuple):
    """An object to be copied; without a version its newest."""

    bucket: str
    key: str
    size: int
    version: str | None = None


def copy(source: Source, bucket: str, key: str) -> bool:
    """False when that version is no more."""
    place: Any = {"Bucket": source.bucket, "Key": source.key}
    if source.version:
        place["VersionId"] = source.version
    try:
        if source.size <= WHOLE:
            aws.s3().copy_object(Bucket=bucket, Key=key, CopySource=place, MetadataDirective="COPY")
        else:
            _copy_in_parts(place, source.size, bucket, key)
    except aws.AwsError as error:
        if aws.error_code(error) in MISSING:
            return False
        raise
    return True


def _copy_in_parts(place: Any, size: int, bucket: str, key: str) -> None:
    client, parts = aws.s3(), list[Any]()
    kind = client.head_object(**place)["ContentType"]
    to: Any = {"Bucket": bucket, "Key": key}
    to["UploadId"] = client.create_multipart_upload(**to, ContentType=kind)["UploadId"]
    try:
        for number, start in enumerate(range(0, size, PART), start=1):
            wanted = f"bytes={start}-{min(start + PART, size) - 1}"
            copied = client.upload_part_copy(**to, CopySource=place, CopySourceRange=wanted, PartNumber=number)
            parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
        client.complete_multipart_upload(**to, MultipartUpload={"Parts": parts})
    except BaseException:
        with suppress(*aws.FAILURES):
            client.abort_multipart_upload(**to)
        raise


def is_clean(bucket: str) -> bool:
    """Nothing was ever put there, or there is no such bucket. Raises DrillRefused: it cannot be used."""
    try:
        page = aws.s3().list_object_versions(Bucket=bucket, MaxKeys=1)
    except aws.AwsError as error:
        if (code := aws.error_code(error)) != "NoSuchBucket":
            raise DrillRefused(f"The bucket {bucket} cannot be used: storage answers {code}.") from error
        return True
    return not page.get("Versions") and not page.get("DeleteMarkers")


def remove_bucket(bucket: str) -> None:
    with suppress(aws.s3().exceptions.NoSuchBucket):
        aws.s3().delete_bucket(Bucket=bucket)
