"""The same work with the stock libraries: PynamoDB models over botocore's own parser, botocore's presigned urls."""

import os
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from imagestore.common import aws
from imagestore.common.rows import InstantAttribute


class _Meta:
    table_name = settings.IMAGESTORE_TABLE
    region = os.environ["AWS_REGION"]
    host = os.environ["AWS_ENDPOINT_URL"]


class ByOwner(GlobalSecondaryIndex[Any]):
    class Meta:
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner_key = UnicodeAttribute(hash_key=True)
    owner_sort = UnicodeAttribute(range_key=True)


class StockFile(Model):
    class Meta(_Meta):
        pass

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    by_owner = ByOwner()
    owner_key = UnicodeAttribute(null=True)
    owner_sort = UnicodeAttribute(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_sort = UnicodeAttribute(null=True)
    id = UnicodeAttribute(null=True)
    shop = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    size = NumberAttribute(null=True)
    created_at = InstantAttribute(null=True)
    name = UnicodeAttribute(null=True)
    content_type = UnicodeAttribute(null=True)
    sha256 = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    orientation = NumberAttribute(null=True)
    stored_at = InstantAttribute(null=True)
    holders = UnicodeSetAttribute(null=True)
    purge_after = InstantAttribute(null=True)
    object_version = UnicodeAttribute(null=True)
    charged = NumberAttribute(null=True)


class StockProject(Model):
    """Heads and versions alike."""

    class Meta(_Meta):
        pass

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(null=True)
    current = UnicodeAttribute(null=True)
    customer = UnicodeAttribute(null=True)
    uses = BinaryAttribute(legacy_encoding=False, null=True)
    document = BinaryAttribute(legacy_encoding=False, null=True)


def client_of(model: type[Model]) -> Any:
    return model._get_connection().connection.client


def list_files(partition: str, limit: int) -> list[StockFile]:
    page = list(StockFile.by_owner.query(partition, scan_index_forward=False, limit=limit))
    return list(StockFile.batch_get([(str(row.pk), str(row.sk)) for row in page]))


def read_url(key: str, content_type: str, disposition: str) -> str:
    return aws.s3().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.IMAGESTORE_BUCKET,
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": disposition,
        },
        ExpiresIn=900,
    )


def reserve(pk: str, sk: str, number: int) -> None:
    """In the quota of an owner."""
    StockFile(pk, sk).update(actions=[StockFile.charged.add(number)], condition=StockFile.charged < 1000)


def upload_url(key: str, content_type: str, size: int, sha256: str) -> str:
    return aws.s3().generate_presigned_url(
        "put_object",
        Params={
            "Bucket": settings.IMAGESTORE_BUCKET,
            "Key": key,
            "ContentType": content_type,
            "ContentLength": size,
            "ChecksumSHA256": b64encode(bytes.fromhex(sha256)).decode(),
            "IfNoneMatch": "*",
        },
        ExpiresIn=3600,
    )


def confirm(pk: str, sk: str, width: int, height: int) -> StockFile:
    """The state and what the head told; two index keys move."""
    file, now = StockFile(pk, sk), datetime.now(UTC)
    file.update(
        actions=[
            StockFile.state.set("stored"),
            StockFile.stored_at.set(now),
            StockFile.width.set(width),
            StockFile.height.set(height),
            StockFile.orientation.set(1),
            StockFile.purge_after.set(now),
            StockFile.due_bucket.set("2031-05-06T00#0"),
            StockFile.due_sort.set("2031-05-06T00:00:00#bench#file#x"),
        ],
        condition=StockFile.state.is_in("registered", "uploading"),
    )
    return file
