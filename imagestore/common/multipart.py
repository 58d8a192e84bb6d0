"""Multipart uploads of S3: clients put parts to signed urls, or we put them; only we begin, complete and abort."""

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
    crc32: str | None = None
    """Of a part of a checked upload, as storage has it."""


def begin(key: str, content_type: str, *, checked: bool = False) -> str:
    """Answers the upload's id. No checksum is asked for: then storage makes its own, and clients send none.

    `checked`: the parts are put by us (`put_part`), with their checksums.
    """
    asked: Any = {"ChecksumAlgorithm": "CRC32"} if checked else {}
    answer = aws.s3().create_multipart_upload(
        Bucket=settings.IMAGESTORE_BUCKET, Key=key, ContentType=content_type, **asked
    )
    return answer["UploadId"]


def put_part(key: str, upload_id: str, number: int, body: bytes | bytearray) -> UploadedPart:
    """One part of a checked upload; storage refuses it if it arrives otherwise."""
    sent: Any = {"UploadId": upload_id, "PartNumber": number, "Body": body, "ChecksumAlgorithm": "CRC32"}
    answer = aws.s3().upload_part(Bucket=settings.IMAGESTORE_BUCKET, Key=key, **sent)
    return UploadedPart(number, answer["ETag"].strip('"'), len(body), answer.get("ChecksumCRC32"))


def parts(key: str, upload_id: str) -> list[UploadedPart]:
    """What has arrived, by number; one request per 1000 parts. Raises UploadUnknown."""
    try:
        return list(_parts(key, upload_id))
    except aws.AwsError as error:
        raise _told(error, key) from error


def complete(key: str, upload_id: str, chosen: Sequence[UploadedPart]) -> str | None:
    """Makes the object, unless there is one; answers its version. Raises UploadUnknown, ObjectExists."""
    listed: Any = [_named(part) for part in chosen]
    try:
        answer = aws.s3().complete_multipart_upload(
            Bucket=settings.IMAGESTORE_BUCKET,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": listed},
            IfNoneMatch="*",
        )
    except aws.AwsError as error:
        raise _told(error, key) from error
    return answer.get("VersionId")


def abort(key: str, upload_id: str) -> bool:
    """Removes the parts; nothing is put to this upload any more. False when it was over already."""
    try:
        aws.s3().abort_multipart_upload(Bucket=settings.IMAGESTORE_BUCKET, Key=key, UploadId=upload_id)
    except aws.AwsError as error:
        if aws.error_code(error) != UNKNOWN:
            raise
        return False
    return True


def abort_all(key: str) -> int:
    """Aborts every upload to this key, whoever began it; answers how many there were."""
    pages = aws.s3().get_paginator("list_multipart_uploads").paginate(Bucket=settings.IMAGESTORE_BUCKET, Prefix=key)
    begun = [upload for page in pages for upload in page.get("Uploads", [])]
    return sum(abort(key, upload["UploadId"]) for upload in begun if upload["Key"] == key)


def _named(part: UploadedPart) -> dict[str, Any]:
    named = {"PartNumber": part.number, "ETag": f'"{part.etag}"'}
    return {**named, "ChecksumCRC32": part.crc32} if part.crc32 else named


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
