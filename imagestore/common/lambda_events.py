"""The SQS batch loop: each message is handled on its own, and only the failed ones are reported back."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from imagestore.common.batches import in_parallel

log = logging.getLogger(__name__)
Message = Mapping[str, Any]


def handle_batch(event: Mapping[str, Any], handle: Callable[[Message], None]) -> dict[str, list[dict[str, str]]]:
    """`handle` gets each record, side by side. What it raises is logged and reported as that item's failure."""

    def failed(message: Message) -> bool:
        try:
            handle(message)
        except Exception:
            log.exception("message %s failed", message.get("messageId"))
            return True
        return False

    records = event["Records"]
    outcomes = in_parallel(failed, records)
    return {
        "batchItemFailures": [
            {"itemIdentifier": message["messageId"]}
            for message, has_failed in zip(records, outcomes, strict=True)
            if has_failed
        ]
    }
