"""Where the queues are. A domain that is not deployed has none, and its work waits."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache

from imagestore.common import aws

log = logging.getLogger(__name__)
CACHED_FOR = 60
TOLD_WITHIN = timedelta(minutes=15)
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


def oldest(now: datetime) -> dict[str, int]:
    """Seconds that the oldest message of a queue has waited, of those that CloudWatch tells (AWS only): one request."""
    wanted = [
        {
            "Id": f"q{number}",
            "Label": name,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": f"{settings.IMAGESTORE_QUEUE_PREFIX}{name}"}],
                },
                "Period": 60,
                "Stat": "Maximum",
            },
        }
        for number, name in enumerate(NAMES)
    ]
    try:
        answer = aws.cloudwatch().get_metric_data(
            MetricDataQueries=wanted, StartTime=now - TOLD_WITHIN, EndTime=now, ScanBy="TimestampDescending"
        )
    except Exception as error:
        # On servers anything may answer in its place, in any form: the page shows its other figures.
        log.info("CloudWatch does not tell the age of messages: %s", error)
        return {}
    return {told["Label"]: int(told["Values"][0]) for told in answer["MetricDataResults"] if told["Values"]}


def _found(address: str) -> bool:
    client = aws.sqs()
    try:
        client.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])
    except client.exceptions.QueueDoesNotExist:
        return False
    return True
