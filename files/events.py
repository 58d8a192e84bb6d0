"""Lambda entry points of files."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

import orjson

from files import keys, operations
from files.records import File
from imagestore.common import clock
from imagestore.common.lambda_events import handle_batch


def confirm_uploads(event: Mapping[str, Any], context: object) -> dict[str, list[dict[str, str]]]:
    """S3's messages from the queue `files-uploads`; answers which of them failed."""
    now, confirmed = clock.now(), deque[File]()
    answer = handle_batch(event, lambda message: confirmed.extend(_confirm_message(message, now)))
    operations.count_decided(confirmed, now)
    return answer


def _confirm_message(message: Mapping[str, Any], now: datetime) -> list[File]:
    notice = orjson.loads(message["body"])
    if notice.get("Event") == "s3:TestEvent":
        return []
    named = [
        keys.file_of_object(unquote_plus(record["s3"]["object"]["key"]))
        for record in notice["Records"]
        if record["eventName"].startswith("ObjectCreated")
    ]
    found = [operations.confirm_arrival(shop_id=place[0], id=place[1], now=now) for place in named if place]
    return [file for file in found if file]
