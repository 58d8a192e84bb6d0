"""Rows of any kind in their wire form, read from one table and written to another."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from imagestore.common import aws, table
from imagestore.common.batches import chunks, in_parallel
from imagestore.common.decode import sendable
from imagestore.common.table import WRITE_BATCH

AT_ONCE = 8
"""Requests side by side."""
DRILL = {"pk": {"S": "DRILL"}, "sk": {"S": "DRILL"}}


def scan(name: str, segment: int, segments: int) -> Iterator[dict[str, Any]]:
    """Of one part of a table, as they are. It costs what it reads."""
    pages = aws.dynamodb().get_paginator("scan")
    for page in pages.paginate(TableName=name, Segment=segment, TotalSegments=segments, ConsistentRead=True):
        yield from ({"Item": row} for row in page["Items"])


def put(name: str, lines: Iterable[Mapping[str, Any]]) -> Iterator[int]:
    """Writes rows as they are; tells after some how many they were."""
    for some in chunks(lines, WRITE_BATCH * AT_ONCE):
        in_parallel(lambda chunk: _put(name, chunk), list(chunks(some, WRITE_BATCH)))
        yield len(some)


def exists(name: str) -> bool:
    client = aws.dynamodb()
    with suppress(client.exceptions.ResourceNotFoundException):
        client.describe_table(TableName=name)
        return True
    return False


def mark_drill(name: str, bucket: str) -> None:
    """Only what is marked so is ever removed."""
    aws.dynamodb().put_item(TableName=name, Item={**DRILL, "bucket": {"S": bucket}})


def bucket_of_drill(name: str) -> str | None:
    """None: the table is no drill's."""
    found: Any = aws.dynamodb().get_item(TableName=name, Key=DRILL, ConsistentRead=True).get("Item")
    return str(found["bucket"]["S"]) if found else None


def remove(name: str) -> None:
    client = aws.dynamodb()
    client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def _put(name: str, lines: list[Mapping[str, Any]]) -> None:
    table.batch_write(name, [{"PutRequest": {"Item": sendable(line["Item"])}} for line in lines])
