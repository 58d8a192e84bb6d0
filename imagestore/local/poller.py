"""Brings queue messages to the functions that Lambda calls on AWS, in the same events."""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

from imagestore.common import aws
from imagestore.local.queues import UPLOADS, queue_arn, queue_url

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

log = logging.getLogger(__name__)

ROUTES = {UPLOADS: "files.events.confirm_uploads"}
"""Which events function gets the messages of a queue; named, because `local` imports no domain."""
BATCH = 10
WAIT_SECONDS = 2
"""How long one receive waits for messages, and so the longest that ending takes."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0

Handler = Callable[[dict[str, Any], Any], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context that a function may use here."""

    function_name: str
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        return 15_000


class Poller:
    """`handle` gets an event of up to 10 messages and answers, as on Lambda, which of them failed."""

    def __init__(self, queue: str, handle: Handler) -> None:
        self._queue = queue
        self._handle = handle
        self._url = queue_url(queue)
        self._stopping = Event()

    def run(self) -> None:
        """Polls until `stop`. When AWS does not answer it says so in one line, pauses and goes on."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                self.poll_once()
                pause = FIRST_PAUSE
            except aws.FAILURES as failure:
                log.warning("%s cannot be polled, next try in %.1f s: %s", self._queue, pause, failure)
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        self._stopping.set()

    def poll_once(self) -> int:
        """Waits for one batch and answers how many of its messages are done; the others come again."""
        messages = aws.sqs().receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        batch = messages.get("Messages", [])
        done = self._done(batch) if batch else []
        if done:
            self._delete(done)
        return len(done)

    def _done(self, batch: "Sequence[MessageTypeDef]") -> "list[MessageTypeDef]":
        event = {"Records": [_record(message, self._queue) for message in batch]}
        try:
            answer = self._handle(event, Context(self._queue)) or {}
        except Exception:
            log.exception("%s: a batch of %d messages failed as a whole", self._queue, len(batch))
            return []
        failed = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures", [])}
        return [message for message in batch if message["MessageId"] not in failed]

    def _delete(self, messages: "Sequence[MessageTypeDef]") -> None:
        answer = aws.sqs().delete_message_batch(
            QueueUrl=self._url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ],
        )
        for failure in answer.get("Failed", []):
            log.warning("%s: a message stays and comes again: %s", self._queue, failure.get("Message"))


def _record(message: "MessageTypeDef", queue: str) -> dict[str, Any]:
    """A message as it stands in a Lambda event, where names begin with a small letter."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": dict(message.get("MessageAttributes", {})),
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn(queue),
        "awsRegion": aws.sqs().meta.region_name,
    }
