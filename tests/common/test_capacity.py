"""Capacity units against sizes counted by hand, by AWS's published rules, and against what a local AWS tells."""

from typing import Any

import pytest
from django.conf import settings

from imagestore.common import aws, capacity
from tests.support.ministack import LocalAws

TABLE = "t"


def row(size: int, **more: Any) -> dict[str, Any]:
    """A row of `size` bytes, without what is in `more`."""
    return {"pk": {"S": "x" * (size - 2)}, **more}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "über"}, 5),
        ({"B": b"12345"}, 5),
        ({"B": "MTIzNDU="}, 5),  # five bytes, as an answer carries them
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "-42"}, 2),
        ({"N": "123"}, 3),
        ({"N": "1200"}, 2),  # zeros at either end take no room
        ({"N": "0.05"}, 2),
        ({"N": "1936002600123"}, 8),
        ({"SS": ["ab", "cde"]}, 5),
        ({"NS": ["1", "22"]}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "7"}]}, 3 + 1 + 2 + 1 + 2),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2),
    ],
)
def test_an_attribute_has_the_size_of_its_name_and_value(value: dict[str, Any], size: int) -> None:
    assert capacity.item_size({"näme": value}) == 5 + size


@pytest.mark.parametrize(("size", "write", "read"), [(3, 1, 1), (1024, 1, 1), (1025, 2, 1), (4096, 4, 1), (4097, 5, 2)])
def test_writes_are_counted_in_kilobytes_and_reads_in_four(size: int, write: int, read: int) -> None:
    assert capacity.units("PutItem", {"Item": row(size)}, {}) == (0, write)
    assert capacity.units("GetItem", {}, {"Item": row(size)}) == (read / 2, 0)
    assert capacity.units("GetItem", {"ConsistentRead": True}, {"Item": row(size)}) == (read, 0)


def test_a_read_of_nothing_costs_what_the_least_read_costs() -> None:
    assert capacity.units("GetItem", {}, {}) == (0.5, 0)
    assert capacity.units("Query", {}, {"Items": []}) == (0.5, 0)


def test_a_batch_rounds_each_row_up_and_a_query_their_sum() -> None:
    rows = [row(100)] * 80
    wanted = {TABLE: {"Keys": [], "ConsistentRead": False}}
    assert capacity.units("BatchGetItem", {"RequestItems": wanted}, {"Responses": {TABLE: rows}}) == (40, 0)
    assert capacity.units("Query", {}, {"Items": rows}) == (1, 0)  # 8000 bytes
    assert capacity.units("Query", {"ConsistentRead": True}, {"Items": rows}) == (2, 0)


def test_each_index_that_a_row_is_in_costs_a_unit() -> None:
    indexed = row(100, owner_key={"S": "o"}, owner_sort={"S": "1"}, due_bucket={"S": "d"}, due_sort={"S": "1"})
    assert capacity.units("PutItem", {"Item": indexed}, {}) == (0, 3)
    batch = {TABLE: [{"PutRequest": {"Item": indexed}}] * 4}
    assert capacity.units("BatchWriteItem", {"RequestItems": batch}, {}) == (0, 12)
    assert capacity.units("DeleteItem", {}, {"Attributes": indexed}) == (0, 3)


@pytest.mark.parametrize(
    ("expression", "units"),
    [
        ("SET #0 = :0", 1),
        ("SET #1 = :1", 3),  # the old entry goes, a new one comes
        ("SET #0 = :0 REMOVE #1", 2),
        ("SET #0 = :0, #1 = :1 ADD #2 :2", 3),
        ("REMOVE #0, #1", 2),
        ("SET #1 = if_not_exists (#1, :1)", 1),  # stays as it is
    ],
)
def test_an_update_costs_its_row_and_the_index_entries_that_it_moves(expression: str, units: int) -> None:
    params = {
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {"#0": "name", "#1": "due_bucket", "#2": "used_files"},
    }
    assert capacity.units("UpdateItem", params, {"Attributes": row(900)}) == (0, units)
    assert capacity.units("UpdateItem", params, {"Attributes": row(1030)}) == (0, units + 1)


def test_a_transaction_costs_twice() -> None:
    writes = [
        {"Put": {"Item": row(1500)}},
        {"Update": {"UpdateExpression": "SET a = :a"}},
        {"Delete": {}},
        {"ConditionCheck": {}},
    ]
    assert capacity.units("TransactWriteItems", {"TransactItems": writes}, {}) == (0, 4 + 2 + 2 + 2)


def test_what_is_not_of_rows_costs_no_units() -> None:
    assert capacity.units("DescribeTable", {}, {}) == (0, 0)


def test_a_local_aws_tells_the_same_of_a_put(local_aws: LocalAws) -> None:
    for size in (100, 1500, 5000):
        item = {"pk": {"S": f"ROW#{size}"}, "sk": {"S": "ROW"}, "text": {"S": "x" * size}}
        answer = aws.dynamodb().put_item(TableName=settings.IMAGESTORE_TABLE, Item=item, ReturnConsumedCapacity="TOTAL")
        told = answer["ConsumedCapacity"]["CapacityUnits"]
        assert capacity.units("PutItem", {"Item": item}, answer) == (0, told)
