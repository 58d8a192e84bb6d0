"""Metrics as AWS writes them by itself, told to the local AWS."""

from datetime import datetime
from typing import Any

from django.conf import settings

from imagestore.common import aws


def tell_age(queue: str, seconds: int, at: datetime) -> None:
    """How long the oldest message of a queue had waited then."""
    client: Any = aws.cloudwatch()
    metric = {
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": f"{settings.IMAGESTORE_QUEUE_PREFIX}{queue}"}],
        "Value": float(seconds),
        "Timestamp": at,
    }
    client.put_metric_data(Namespace="AWS/SQS", MetricData=[metric])
