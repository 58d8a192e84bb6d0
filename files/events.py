"""Lambda entry points of files."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

import orjson

from files import keys, operations
from imagestore.common import clock
from imagestore.common.lambda_events import handle_batch


def confirm_uploads(event: Mapping[str, Any], context: object) -> dict[str, list[dict[str, str]]]:
    """S3's messages from the queue `files-uploads`; answers which of them failed."""
    return handle_batch(event, _confirm_message)


def _confirm_message(message: Mapping[str, Any]) -> None:
    notice = orjson.loads(message["body"])
    if notice.get("Event") == "s3:TestEvent":
        return
    for record in notice["Records"]:
        named = keys.file_of_object(unquote_plus(record["s3"]["object"]["key"]))
        if named is not None and record["eventName"].startswith("ObjectCreated"):
            shop, id = named
            operations.confirm_arrival(shop_id=shop, id=id, now=clock.now())
