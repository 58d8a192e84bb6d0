"""What is archived, as the row and as storage has it."""

from typing import Any

from django.conf import settings

from files import keys, queries
from files.records import File
from imagestore.common import aws


def row(file: File) -> File:
    return queries.files_by_id([file.id], consistent=True)[file.id]


def tags(file: File) -> dict[str, str]:
    """Of the version of its original that was confirmed."""
    key: Any = {"Bucket": settings.IMAGESTORE_BUCKET, "Key": keys.object_key(file.shop, file.id)}
    answer: Any = aws.s3().get_object_tagging(**key, VersionId=str(file.object_version))
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}
