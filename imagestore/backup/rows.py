"""Rows of any kind in their wire form, read from one table and written to another."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from imagestore.common import aws
from imagestore.common.batches import chunks, in_parallel
from imagestore.common.errors import Unavailable
from imagestore.common.table import ATTEMPTS, WRITE_BATCH, back_off

AT_ONCE = 8
"""Requests side by side."""
DRILL = {"pk": {"S": "DRILL"}, "sk": {"S": "DRILL"}}


def scan(table: str, segment: int, segments: int) -> Iterator[dict[str, Any]]:
    """Of one part of a table, as they are. It costs what it reads."""
    pages = aws.dynamodb().get_paginator("scan")
    for page in pages.paginate(TableName=table, Segment=segment, TotalSegments=segments, ConsistentRead=True):
        yield from ({"Item": row} for row in page["Items"])


def put(table: str, lines: Iterable[Mapping[str, Any]]) -> Iterator[int]:
    """Writes rows as they are; tells after some how many they were."""
    for some in chunks(lines, WRITE_BATCH * AT_ONCE):
        in_parallel(lambda chunk: _put(table, chunk), list(chunks(some, WRITE_BATCH)))
        yield len(some)


def exists(table: str) -> bool:
    client = aws.dynamodb()
    with suppress(client.exceptions.ResourceNotFoundException):
        client.describe_table(TableName=table)
        return True
    return False


def mark_drill(table: str, bucket: str) -> None:
    """Only what is marked so is ever removed."""
    aws.dynamodb().put_item(TableName=table, Item={**DRILL, "bucket": {"S": bucket}})


def bucket_of_drill(table: str) -> str | None:
    """None: the table is no drill's."""
    found: Any = aws.dynamodb().get_item(TableName=table, Key=DRILL, ConsistentRead=True).get("Item")
    return str(found["bucket"]["S"]) if found else None


def remove(table: str) -> None:
    client = aws.dynamodb()
    client.delete_table(TableName=table)
    client.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def _put(table: str, lines: list[Mapping[str, Any]]) -> None:
    requests: Any = [{"PutRequest": {"Item": _sent(line["Item"])}} for line in lines]
    for attempt in range(ATTEMPTS):
        answer: Any = aws.dynamodb().batch_write_item(RequestItems={table: requests})
        requests = answer.get("UnprocessedItems", {}).get(table, [])
        if not requests:
            return
        requests = [{"PutRequest": {"Item": _sent(one["PutRequest"]["Item"])}} for one in requests]
        back_off(attempt)
    raise Unavailable("The table sheds load: rows were left unwritten.")


def _sent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Binary values were read as base64 text, and are sent as bytes."""
    return {name: _value(*cell) for name, (cell,) in ((name, value.items()) for name, value in row.items())}


def _value(kind: str, value: Any) -> dict[str, Any]:
    match kind:
        case "B":
            value = base64.b64decode(value)
        case "BS":
            value = [base64.b64decode(one) for one in value]
        case "M":
            value = _sent(value)
        case "L":
            value = [_value(*next(iter(one.items()))) for one in value]
    return {kind: value}
