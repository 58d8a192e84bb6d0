"""Calls on the one table. Losing a conditional write is a normal outcome and is answered, not raised.

A row is put once and afterwards changed only by conditional updates; there is no way here to overwrite one.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.conf import settings
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import aws
from imagestore.common.batches import chunks
from imagestore.common.decode import decoder, sendable
from imagestore.common.errors import Unavailable
from imagestore.common.rows import INDEXES, Item, Key

R = TypeVar("R")
GET_BATCH, WRITE_BATCH, ATTEMPTS = 100, 25, 10
BEYOND = "\U0010ffff"


class Outcome(NamedTuple, Generic[R]):
    """`row`: the new state when won; else the state that refused (None: there is no such row)."""

    won: bool
    row: R | None


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    items: list[R]
    next: dict[str, str] | None
    """Where the following page starts (wire form of the keys), None at the end."""


class IndexEntry(NamedTuple):
    key: Key
    sort: str


def get(model: type[Item], key: Key, record: type[R], consistent: bool = False) -> R | None:
    answer = aws.dynamodb().get_item(TableName=settings.IMAGESTORE_TABLE, Key=_wire(key), ConsistentRead=consistent)
    row = answer.get("Item")
    return decoder(model, record)(row) if row else None


def batch_get(model: type[Item], keys: Iterable[Key], record: type[R], consistent: bool = False) -> dict[Key, R]:
    """The rows that exist, in requests of 100 keys. Keys that the table left out are asked for again."""
    decode, found = decoder(model, record), {}
    for chunk in chunks(dict.fromkeys(keys), GET_BATCH):
        for row in _batch_get_rows([_wire(key) for key in chunk], consistent):
            found[Key(row["pk"]["S"], row["sk"]["S"])] = decode(row)
    return found


def _batch_get_rows(keys: list[dict[str, Any]], consistent: bool) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for attempt in range(ATTEMPTS):
        request: Any = {settings.IMAGESTORE_TABLE: {"Keys": keys, "ConsistentRead": consistent}}
        answer: Any = aws.dynamodb().batch_get_item(RequestItems=request)
        rows += answer["Responses"].get(settings.IMAGESTORE_TABLE, [])
        left = answer.get("UnprocessedKeys", {}).get(settings.IMAGESTORE_TABLE)
        if not left:
            return rows
        keys = left["Keys"]
        back_off(attempt)
    raise Unavailable("The table sheds load: rows were left unread.")


def put_new(item: Item) -> bool:
    """Puts a row that must not exist yet; False if it does."""
    try:
        _written(aws.dynamodb().put_item, item.get_save_kwargs_from_instance(condition=Item.pk.does_not_exist()))
    except aws.AwsError as error:
        return _lost(error)
    return True


def put_batch(items: Sequence[Item]) -> None:
    """Puts rows in requests of 25. Only for ids minted in this very call: a batch knows no condition."""
    for chunk in chunks(items, WRITE_BATCH):
        requests: list[Any] = [{"PutRequest": {"Item": item.get_save_kwargs_from_instance()["Item"]}} for item in chunk]
        batch_write(settings.IMAGESTORE_TABLE, requests)


def batch_write(table: str, requests: list[Any]) -> None:
    """At most 25 requests in wire form. What the table left out is sent again."""
    for attempt in range(ATTEMPTS):
        answer: Any = aws.dynamodb().batch_write_item(RequestItems={table: requests})
        left = answer.get("UnprocessedItems", {}).get(table, [])
        if not left:
            return
        requests = [{"PutRequest": {"Item": sendable(one["PutRequest"]["Item"])}} for one in left]
        back_off(attempt)
    raise Unavailable("The table sheds load: rows were left unwritten.")


def update(
    model: type[Item],
    key: Key,
    actions: Sequence[Action],
    condition: Condition | None,
    record: type[R],
    *,
    answer_old: bool = False,
) -> Outcome[R]:
    """One conditional update. Without a condition the row is made if it is missing.

    `answer_old`: a won update answers the row as it was before, so that only the winner sees what it took away.
    """
    kwargs = model._get_connection().get_operation_kwargs(
        key.pk,
        range_key=key.sk,
        actions=actions,
        condition=condition,
        return_values="ALL_OLD" if answer_old else "ALL_NEW",
        return_values_on_condition_failure="ALL_OLD",
    )
    decode = decoder(model, record)
    try:
        return Outcome(True, decode(_written(aws.dynamodb().update_item, kwargs)["Attributes"]))
    except aws.AwsError as error:
        _lost(error)
        row: Any = error.response.get("Item")
        return Outcome(False, decode(row) if row else None)


def delete(model: type[Item], key: Key, condition: Condition | None = None) -> bool:
    kwargs = model._get_connection().get_operation_kwargs(
        key.pk, range_key=key.sk, condition=condition, return_values="ALL_OLD"
    )
    try:
        _written(aws.dynamodb().delete_item, kwargs)
    except aws.AwsError as error:
        return _lost(error)
    return True


def query(
    model: type[Item],
    pk: str,
    record: type[R],
    sk_prefix: str = "",
    *,
    limit: int = 100,
    descending: bool = False,
    start: dict[str, str] | None = None,
    consistent: bool = False,
) -> Page[R]:
    """Rows of one partition in the order of their sort keys; those whose sort key starts with `sk_prefix`."""
    beginning: dict[str, Any] = {":sk": {"S": sk_prefix}} if sk_prefix else {}
    answer = aws.dynamodb().query(
        TableName=settings.IMAGESTORE_TABLE,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)" if sk_prefix else "pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}, **beginning},
        Limit=limit,
        ScanIndexForward=not descending,
        ConsistentRead=consistent,
        **_start(start),
    )
    decode = decoder(model, record)
    return Page([decode(row) for row in answer["Items"]], _next(answer))


def query_index(
    index: str,
    partition: str,
    *,
    low: str = "",
    high: str = BEYOND,
    limit: int = 100,
    descending: bool = False,
    start: dict[str, str] | None = None,
) -> Page[IndexEntry]:
    """Keys of rows in one index partition with `low <= sort <= high`. Rows are loaded with `batch_get`."""
    partition_name, sort_name = INDEXES[index]
    answer = aws.dynamodb().query(
        TableName=settings.IMAGESTORE_TABLE,
        IndexName=index,
        KeyConditionExpression="#p = :p AND #s BETWEEN :low AND :high",
        ExpressionAttributeNames={"#p": partition_name, "#s": sort_name},
        ExpressionAttributeValues={":p": {"S": partition}, ":low": {"S": low or " "}, ":high": {"S": high}},
        Limit=limit,
        ScanIndexForward=not descending,
        **_start(start),
    )
    entries = [IndexEntry(Key(row["pk"]["S"], row["sk"]["S"]), row[sort_name]["S"]) for row in answer["Items"]]
    return Page(entries, _next(answer))


def scan(model: type[Item], record: type[R], pk_prefix: str, sk: str, *, without: str = "nothing") -> Iterator[R]:
    """Every row of one kind, in no order, as it was some moments ago. It reads, and costs, the whole table.

    `sk`: what it is, or with `#` at its end what it begins with. `without`: only rows that lack this attribute.
    """
    start: dict[str, str] | None = None
    decode = decoder(model, record)
    of_kind = "begins_with(sk, :sk)" if sk.endswith("#") else "sk = :sk"
    while True:
        answer = aws.dynamodb().scan(
            TableName=settings.IMAGESTORE_TABLE,
            FilterExpression=f"begins_with(pk, :pk) AND {of_kind} AND attribute_not_exists(#without)",
            ExpressionAttributeNames={"#without": without},
            ExpressionAttributeValues={":pk": {"S": pk_prefix}, ":sk": {"S": sk}},
            **_start(start),
        )
        yield from map(decode, answer["Items"])
        start = _next(answer)
        if start is None:
            return


def back_off(attempt: int) -> None:
    """Full jitter, from 20 ms up to 2 s."""
    time.sleep(random.uniform(0, min(2.0, 0.02 * 2**attempt)))  # noqa: S311


def _written(write: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
    """The answer of one write, which waits while a transaction is at work on its row."""
    for attempt in range(ATTEMPTS):
        try:
            return write(**kwargs)
        except aws.AwsError as error:
            if aws.error_code(error) != "TransactionConflictException":
                raise
        back_off(attempt)
    raise Unavailable("The row is in too many transactions at once.")


def _lost(error: aws.AwsError) -> bool:
    if aws.error_code(error) == "ConditionalCheckFailedException":
        return False
    raise error


def _wire(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _start(start: dict[str, str] | None) -> dict[str, Any]:
    return {"ExclusiveStartKey": {name: {"S": value} for name, value in start.items()}} if start else {}


def _next(answer: Any) -> dict[str, str] | None:
    last = answer.get("LastEvaluatedKey")
    return {name: value["S"] for name, value in last.items()} if last else None
