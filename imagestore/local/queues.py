"""The queues, each with a dead-letter queue that staff see and redrive."""

import json
from typing import TYPE_CHECKING

from django.conf import settings

from imagestore.common import aws

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

UPLOADS = "files-uploads"
TASKS = ("files-tasks", "projects-tasks", "scheduler-tasks", "webhooks-tasks")
UPLOADS_VISIBILITY, TASKS_VISIBILITY = 15, 60
"""Seconds until a message that nobody deleted comes again. Short, so that a developer sees a retry soon."""
ATTEMPTS = 5
"""Deliveries before a message is moved to `<name>-dead`."""
DEAD_DAYS = 14


def queue_arn(name: str) -> str:
    account = settings.IMAGESTORE_QUEUE_BASE_URL.rpartition("/")[2]
    return f"arn:aws:sqs:{aws.sqs().meta.region_name}:{account}:{settings.IMAGESTORE_QUEUE_PREFIX}{name}"


def queue_url(name: str) -> str:
    return f"{settings.IMAGESTORE_QUEUE_BASE_URL}/{settings.IMAGESTORE_QUEUE_PREFIX}{name}"


def ensure_queues(bucket: str) -> None:
    """Creates all queues or sets their attributes right. `bucket` may send to the uploads."""
    _ensure_queue(UPLOADS, UPLOADS_VISIBILITY, {"Policy": _events_policy(bucket)})
    for name in TASKS:
        _ensure_queue(name, TASKS_VISIBILITY, {})


def _ensure_queue(name: str, visibility: int, extra: "dict[QueueAttributeNameType, str]") -> None:
    dead = f"{name}-dead"
    _create(dead, {"MessageRetentionPeriod": str(DEAD_DAYS * 86_400)})
    redrive = {"deadLetterTargetArn": queue_arn(dead), "maxReceiveCount": ATTEMPTS}
    _create(name, {"VisibilityTimeout": str(visibility), "RedrivePolicy": json.dumps(redrive), **extra})


def _create(name: str, attributes: "dict[QueueAttributeNameType, str]") -> None:
    client = aws.sqs()
    full_name = f"{settings.IMAGESTORE_QUEUE_PREFIX}{name}"
    try:
        client.create_queue(QueueName=full_name, Attributes=attributes)
    except client.exceptions.QueueNameExists:
        client.set_queue_attributes(QueueUrl=queue_url(name), Attributes=attributes)


def _events_policy(bucket: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn(UPLOADS),
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
