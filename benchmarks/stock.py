"""The same work with the stock libraries: PynamoDB models over botocore's own parser, botocore's presigned urls."""

import os
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
