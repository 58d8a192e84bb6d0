"""The SQS batch loop: each message is handled on its own, and only the failed ones are reported back."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)
Message = Mapping[str, Any]


def handle_batch(event: Mapping[str, Any], handle: Callable[[Message], None]) -> dict[str, list[dict[str, str]]]:
    """`handle` gets each record of the event. What it raises is logged and reported as that item's failure."""
    failures: list[dict[str, str]] = []
    for message in event["Records"]:
        try:
            handle(message)
        except Exception:
            log.exception("message %s failed", message.get("messageId"))
            failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}
