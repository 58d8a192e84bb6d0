"""Uploads in parts, as storage and the table have them."""

from datetime import datetime
from typing import Any

from django.conf import settings

from files import events, keys, operations, queries
from files.models import OwnerRow
from files.records import File, Usage
from imagestore.common import aws, objects, table
from imagestore.common.contracts import SliceReport
from tests.journeys.test_storage_events import event_of


def left() -> list[str]:
    """Uploads that are under way in the bucket."""
    told = aws.s3().list_multipart_uploads(Bucket=settings.IMAGESTORE_BUCKET)
    return [upload["UploadId"] for upload in told.get("Uploads", [])]


def left_bytes() -> list[str]:
    """Keys of all versions in the bucket."""
    return [version.key for version in objects.versions("")]


def row(id: str) -> File:
    return queries.files_by_id([id], consistent=True)[id]


def completed(file: File) -> dict[str, Any]:
    """What storage tells of an upload that was completed."""
    key = keys.object_key(file.shop, file.id)
    return {"Records": [event_of(key, "ObjectCreated:CompleteMultipartUpload")]}


def told(file: File) -> None:
    assert events.confirm_uploads(completed(file), None) == {"batchItemFailures": []}


def used(shop: str = "acme") -> Usage:
    """By Anna."""
    return table.get(OwnerRow, keys.owner_row(shop, "customer:anna"), Usage, consistent=True) or Usage()


def sweep(id: str, at: datetime) -> SliceReport:
    return operations.sweep_slice(row_keys=[keys.file_row(id)], dry_run=False, now=at)
