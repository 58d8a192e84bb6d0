"""The bucket: versioned, closed to the public, open to uploads from given web origins, telling the queue."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from imagestore.common import aws
from imagestore.common.objects import ARCHIVE_TAG

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import LifecycleRuleFilterTypeDef, LifecycleRuleTypeDef

ABANDONED_UPLOAD_DAYS = 2
REPLACED_VERSION_DAYS = 30
PREFLIGHT_SECONDS = 3_000
COLD: Final = "GLACIER_IR"
"""Colder, but read at once."""


def ensure_bucket(name: str, origins: Sequence[str]) -> None:
    """Creates the bucket unless it exists and sets it up."""
    ensure_closed_bucket(name)
    aws.s3().put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": _lifecycle()})
    _allow_origins(name, origins)


def ensure_closed_bucket(name: str) -> None:
    """Versioned, closed to the public, and nothing more: nobody uploads to it, and nothing in it ends by itself."""
    _create(name)
    client = aws.s3()
    client.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def tell_uploads(name: str, events_queue_arn: str) -> None:
    """Each new object is told to the queue, which has to exist and to allow it."""
    aws.s3().put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={
            "QueueConfigurations": [{"Id": "uploads", "QueueArn": events_queue_arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )


def _create(name: str) -> None:
    client = aws.s3()
    region: BucketLocationConstraintType = client.meta.region_name  # type: ignore[assignment]
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})


def _allow_origins(name: str, origins: Sequence[str]) -> None:
    aws.s3().put_bucket_cors(
        Bucket=name,
        CORSConfiguration={
            "CORSRules": [
                {
                    "AllowedOrigins": list(origins),
                    "AllowedMethods": ["PUT", "POST", "GET", "HEAD"],
                    "AllowedHeaders": ["*"],
                    "ExposeHeaders": ["ETag", "Location"],
                    "MaxAgeSeconds": PREFLIGHT_SECONDS,
                }
            ]
        },
    )


def _lifecycle() -> "list[LifecycleRuleTypeDef]":
    everything: LifecycleRuleFilterTypeDef = {"Prefix": ""}
    name, value = ARCHIVE_TAG
    return [
        {
            "ID": "abandoned-uploads",
            "Status": "Enabled",
            "Filter": everything,
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABANDONED_UPLOAD_DAYS},
        },
        {
            "ID": "replaced-versions",
            "Status": "Enabled",
            "Filter": everything,
            "NoncurrentVersionExpiration": {"NoncurrentDays": REPLACED_VERSION_DAYS},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
        {
            "ID": "archived",
            "Status": "Enabled",
            "Filter": {"Tag": {"Key": name, "Value": value}},
            "Transitions": [{"Days": 0, "StorageClass": COLD}],
        },
    ]
