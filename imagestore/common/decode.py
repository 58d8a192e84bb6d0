"""Rows of DynamoDB's wire form, decoded straight into records: no model instance in between."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_type_hints

import orjson
from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeSetAttribute

from imagestore.common import clock
from imagestore.common.rows import InstantAttribute, Item

R = TypeVar("R")
Row = Mapping[str, Mapping[str, Any]]


class _Field(NamedTuple):
    name: str
    attribute: str
    tag: str
    convert: Callable[[Any], Any] | None
    required: bool


def decoder(model: type[Item], record: type[R]) -> Callable[[Row], R]:
    """A function from a row of `model` to a `record`, whose field names are attributes of the model."""
    compiled: Callable[[Row], R] = _decoder(model, record)  # type: ignore[arg-type]
    return compiled


@cache
def _decoder(model: type[Item], record: Callable[..., Any]) -> Callable[[Row], Any]:
    attributes = model.get_attributes()
    hints = get_type_hints(record)
    plan = [
        _Field(
            field.name,
            attributes[field.name].attr_name,
            attributes[field.name].attr_type,
            _conversion(attributes[field.name], hints[field.name]),
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(record)  # type: ignore[arg-type]
    ]

    def decode(row: Row) -> Any:
        values: dict[str, Any] = {}
        for name, attribute, tag, convert, required in plan:
            if (cell := row.get(attribute)) is not None:
                values[name] = convert(cell[tag]) if convert else cell[tag]
            elif required:
                raise ValueError(f"the row {row.get('pk')} has no {attribute}")
        return record(**values)

    return decode


def sendable(row: Row) -> dict[str, Any]:
    """A row as it was answered, to be sent: binary values came as base64 text, and are sent as bytes."""
    return {name: {kind: _sendable(kind, value) for kind, value in cell.items()} for name, cell in row.items()}


def _sendable(kind: str, value: Any) -> Any:
    match kind:
        case "B":
            return base64.b64decode(value)
        case "BS":
            return [base64.b64decode(one) for one in value]
        case "M":
            return sendable(value)
        case "L":
            return [{inner: _sendable(inner, one) for inner, one in cell.items()} for cell in value]
    return value


def _conversion(attribute: Any, hint: Any) -> Callable[[Any], Any] | None:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if isinstance(attribute, InstantAttribute):
        return lambda text: clock.from_milliseconds(int(text))
    if isinstance(attribute, NumberAttribute):
        return int
    if isinstance(attribute, UnicodeSetAttribute):
        return frozenset
    if isinstance(attribute, BinaryAttribute):
        return base64.b64decode
    if isinstance(attribute, JSONAttribute):
        return orjson.loads
    return None
