"""DynamoDB capacity units of one call, from the sizes of its items, by AWS's published rules. Pure."""

import re
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

import orjson

WRITE_UNIT = 1024
READ_UNIT = 4096
INDEX_KEYS = ("owner_key", "due_bucket", "attention_key")
Row = Mapping[str, Any]


def item_size(item: Row) -> int:
    """Bytes that DynamoDB accounts for an item in its wire form (attribute names included)."""
    size = 0
    for name, value in item.items():
        text = value.get("S")
        # By far the most names and values are short words: no call for each of them.
        size += len(name) if name.isascii() else len(name.encode())
        size += len(text) if text is not None and text.isascii() else _value_size(value)
    return size


def _value_size(value: Mapping[str, Any]) -> int:
    ((tag, content),) = value.items()
    if tag == "S":
        return len(content.encode())
    if tag == "B":
        return _decoded_length(content) if isinstance(content, str) else len(content)
    if tag == "N":
        return (len(content.replace("-", "").replace(".", "").strip("0")) + 1) // 2 + 1
    if tag in ("SS", "NS", "BS"):
        return sum(_value_size({tag[0]: element}) for element in content)
    if tag == "L":
        return 3 + sum(1 + _value_size(element) for element in content)
    if tag == "M":
        return 3 + len(content) + item_size(content)
    return 1


def _decoded_length(base64_text: str) -> int:
    """Answers carry binary values as base64."""
    return len(base64_text) * 3 // 4 - base64_text.count("=")


def units(operation: str, params: Row, answer: Row) -> tuple[float, float]:
    """(read units, write units) of one call, from its parameters and answer."""
    counting = _COUNTED.get(operation)
    return counting(params, answer) if counting else (0.0, 0.0)


def _write_units(item: Row) -> int:
    return max(1, ceil(item_size(item) / WRITE_UNIT))


def _put_units(item: Row) -> int:
    return _write_units(item) + sum(1 for key in INDEX_KEYS if key in item)


def _update_units(params: Row, row: Row) -> int:
    return _write_units(row) + _index_units(params)


def _index_units(params: Row) -> int:
    """A changed index key costs the removal of the old entry and the writing of the new one."""
    names = {name: placeholder for placeholder, name in params.get("ExpressionAttributeNames", {}).items()}
    set_part, _, remove_part = params.get("UpdateExpression", "").partition("REMOVE")
    touched = 0
    for key in INDEX_KEYS:
        placeholder = names.get(key, " ")
        touched += 2 if re.search(rf"{placeholder} = (?!if_not_exists)", set_part) else 0
        touched += 1 if placeholder in remove_part.replace(",", " ").split() else 0
    return touched


def _read_units(items: Iterable[Row], consistent: bool) -> float:
    return sum(map(_units_of_read, items)) * (1.0 if consistent else 0.5)


def _units_of_read(item: Row) -> int:
    """No item is larger than its JSON, which is written much faster than it is measured."""
    return 1 if len(orjson.dumps(item)) <= READ_UNIT else ceil(item_size(item) / READ_UNIT)


def _get(params: Row, answer: Row) -> tuple[float, float]:
    return _read_units([answer.get("Item", {})], bool(params.get("ConsistentRead"))), 0.0


def _batch_get(params: Row, answer: Row) -> tuple[float, float]:
    total = 0.0
    for table, items in answer.get("Responses", {}).items():
        total += _read_units(items, bool(params["RequestItems"][table].get("ConsistentRead")))
    return total, 0.0


def _query(params: Row, answer: Row) -> tuple[float, float]:
    size = sum(item_size(item) for item in answer.get("Items", []))
    return max(1, ceil(size / READ_UNIT)) * (1.0 if params.get("ConsistentRead") else 0.5), 0.0


def _put(params: Row, answer: Row) -> tuple[float, float]:
    return 0.0, _put_units(params["Item"])


def _update(params: Row, answer: Row) -> tuple[float, float]:
    return 0.0, _update_units(params, answer.get("Attributes", {}))


def _delete(params: Row, answer: Row) -> tuple[float, float]:
    return 0.0, _put_units(answer.get("Attributes", {}))


def _batch_write(params: Row, answer: Row) -> tuple[float, float]:
    requests = [request for entries in params["RequestItems"].values() for request in entries]
    return 0.0, sum(_put_units(request["PutRequest"]["Item"]) if "PutRequest" in request else 1 for request in requests)


def _transact_write(params: Row, answer: Row) -> tuple[float, float]:
    total = 0
    for entry in params["TransactItems"]:
        ((kind, write),) = entry.items()
        base = _write_units(write["Item"]) if kind == "Put" else 1
        indexes = sum(1 for key in INDEX_KEYS if key in write.get("Item", {})) + _index_units(write)
        total += 2 * base + indexes
    return 0.0, total


_COUNTED = {
    "GetItem": _get,
    "BatchGetItem": _batch_get,
    "Query": _query,
    "PutItem": _put,
    "UpdateItem": _update,
    "DeleteItem": _delete,
    "BatchWriteItem": _batch_write,
    "TransactWriteItems": _transact_write,
}
