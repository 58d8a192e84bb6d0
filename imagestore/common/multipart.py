"""Multipart uploads of S3: clients put parts to signed urls, and only we begin, complete and abort."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from imagestore.common import aws
from imagestore.common.objects import EXISTS, ObjectExists

UNKNOWN = "NoSuchUpload"


class UploadUnknown(Exception):
    """Completed or aborted already, or never begun."""


class UploadedPart(NamedTuple):
    """`etag` is without the quotes that storage and some clients put around it."""

    number: int
    etag: str
    size: int


def begin(key: str, content_type: str) -> str:
    """Answers the upload's id. No checksum is asked for: then storage makes its own, and clients send none."""
    answer = aws.s3().create_multipart_upload(Bucket=settings.IMAGESTORE_BUCKET, Key=key, ContentType=content_type)
    return answer["UploadId"]


def parts(key: str, upload_id: str) -> list[UploadedPart]:
    """What has arrived, by number; one request per 1000 parts. Raises UploadUnknown."""
    try:
        return list(_parts(key, upload_id))
    except aws.AwsError as error:
        raise _told(error, key) from error


def complete(key: str, upload_id: str, chosen: Sequence[UploadedPart]) -> None:
    """Makes the object, unless there is one. Raises UploadUnknown, ObjectExists."""
    listed: Any = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in chosen]
    try:
        aws.s3().complete_multipart_upload(
            Bucket=settings.IMAGESTORE_BUCKET,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": listed},
            IfNoneMatch="*",
        )
    except aws.AwsError as error:
        raise _told(error, key) from error


def abort(key: str, upload_id: str) -> bool:
    """Removes the parts; nothing is put to this upload any more. False when it was over already."""
    try:
        aws.s3().abort_multipart_upload(Bucket=settings.IMAGESTORE_BUCKET, Key=key, UploadId=upload_id)
    except aws.AwsError as error:
        if aws.error_code(error) != UNKNOWN:
            raise
        return False
    return True


def _parts(key: str, upload_id: str) -> Iterator[UploadedPart]:
    pages = (
        aws.s3().get_paginator("list_parts").paginate(Bucket=settings.IMAGESTORE_BUCKET, Key=key, UploadId=upload_id)
    )
    for page in pages:
        for part in page.get("Parts", []):
            yield UploadedPart(part["PartNumber"], part["ETag"].strip('"'), part["Size"])


def _told(error: aws.AwsError, key: str) -> Exception:
    if aws.error_code(error) == UNKNOWN:
        return UploadUnknown(key)
    if aws.error_code(error) in EXISTS:
        return ObjectExists(key)
    return error
