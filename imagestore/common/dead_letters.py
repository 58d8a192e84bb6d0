"""What lies in dead-letter queues: looked at, and left where it is."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from imagestore.common import aws, queues

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef
SEEN_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`about`: the task that failed, or the object that was told of."""

    id: str
    about: str
    sent_at: datetime


def dead_queue(name: str) -> str:
    return f"{name}-dead"


def sample(name: str) -> list[DeadLetter]:
    """Up to 10 of the queue beside `name`. They stay in sight for everybody else."""
    answer = aws.sqs().receive_message(
        QueueUrl=queues.url(dead_queue(name)),
        MaxNumberOfMessages=SEEN_AT_ONCE,
        VisibilityTimeout=0,
        MessageSystemAttributeNames=["SentTimestamp"],
    )
    return [_read(message) for message in answer.get("Messages", [])]


def _read(message: "MessageTypeDef") -> DeadLetter:
    sent = int(message.get("Attributes", {}).get("SentTimestamp", "0"))
    return DeadLetter(message["MessageId"], _about(message["Body"]), datetime.fromtimestamp(sent / 1000, UTC))


def _about(body: str) -> str:
    """It is dead: its body may be anything."""
    try:
        return _told(json.loads(body if body.startswith("{") else base64.b64decode(body)))
    except (ValueError, LookupError, TypeError, AttributeError):
        return "a message that cannot be read"


def _told(message: Mapping[str, Any]) -> str:
    if "headers" in message:
        return f"the task {message['headers']['task']}"
    return "the object " + ", ".join(record["s3"]["object"]["key"] for record in message["Records"])
