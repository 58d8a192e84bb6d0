"""Lambda entry points of files."""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

import orjson

from files import keys, operations
from files.records import File
from imagestore.common import clock
from imagestore.common.lambda_events import handle_batch

COPY = ":Copy"
"""Made by confirmations of forms themselves."""


def confirm_uploads(event: Mapping[str, Any], context: object) -> dict[str, list[dict[str, str]]]:
    """S3's messages from the queue `files-uploads`; answers which of them failed."""
    now, confirmed = clock.now(), deque[File]()
    answer = handle_batch(event, lambda message: confirmed.extend(_confirm_message(message, now)))
    operations.ask_to_decode(confirmed, now)
    operations.count_decided(confirmed, now)
    return answer


def _confirm_message(message: Mapping[str, Any], now: datetime) -> Iterator[File]:
    """Files as they are decided: what went before a record that fails is known, and counted."""
    notice = orjson.loads(message["body"])
    if notice.get("Event") == "s3:TestEvent":
        return
    for record in notice["Records"]:
        happened, key = record["eventName"], unquote_plus(record["s3"]["object"]["key"])
        made = happened.startswith("ObjectCreated") and not happened.endswith(COPY)
        if made and (file := _confirm(key, now)):
            yield file


def _confirm(key: str, now: datetime) -> File | None:
    """What is none of ours is passed over."""
    for named, confirm in (
        (keys.file_of_object(key), operations.confirm_arrival),
        (keys.file_of_form(key), operations.confirm_form),
    ):
        if named is not None:
            return confirm(shop_id=named[0], id=named[1], now=now)
    return None
