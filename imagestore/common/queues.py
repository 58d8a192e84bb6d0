"""Where the queues are. A domain that is not deployed has none, and its work waits."""

from django.conf import settings
from django.core.cache import cache

from imagestore.common import aws

CACHED_FOR = 60
NAMES = ("files-uploads", "files-tasks", "projects-tasks", "scheduler-tasks", "webhooks-tasks")
"""Each has a dead-letter queue beside it, `<name>-dead`."""


def url(name: str) -> str:
    return f"{settings.IMAGESTORE_QUEUE_BASE_URL}/{settings.IMAGESTORE_QUEUE_PREFIX}{name}"


def of_task(task: str) -> str:
    """`files.sweep_slice` is worked off from the queue `files-tasks`."""
    return f"{task.partition('.')[0]}-tasks"


def exists(name: str) -> bool:
    """Asks SQS at most once a minute."""
    address = url(name)
    known: bool | None = cache.get(f"queue:{address}")
    if known is None:
        known = _found(address)
        cache.set(f"queue:{address}", known, CACHED_FOR)
    return known


def depth(name: str) -> int | None:
    """About how many messages wait there; None when there is no such queue."""
    client = aws.sqs()
    try:
        answer = client.get_queue_attributes(QueueUrl=url(name), AttributeNames=["ApproximateNumberOfMessages"])
    except client.exceptions.QueueDoesNotExist:
        return None
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _found(address: str) -> bool:
    client = aws.sqs()
    try:
        client.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])
    except client.exceptions.QueueDoesNotExist:
        return False
    return True
