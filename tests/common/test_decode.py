"""Rows of the wire become records."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from imagestore.common import table
from imagestore.common.decode import decoder
from imagestore.common.rows import InstantAttribute, Item

AT = datetime(2031, 5, 6, 10, 30, 0, 123_000, tzinfo=UTC)


class Shade(StrEnum):
    LIGHT = "light"
    DARK = "dark"


class Thing(Item):
    text = UnicodeAttribute()
    shade = UnicodeAttribute()
    number = NumberAttribute()
    at = InstantAttribute()
    flag = BooleanAttribute()
    words = UnicodeSetAttribute(null=True)
    blob = BinaryAttribute(legacy_encoding=False, null=True)
    tree = JSONAttribute(null=True)
    short = UnicodeAttribute(null=True, attr_name="s")


@dataclass(frozen=True, slots=True)
class Whole:
    pk: str
    text: str
    shade: Shade
    number: int
    at: datetime
    flag: bool
    words: frozenset[str] = frozenset()
    blob: bytes | None = None
    tree: Any = None
    short: str | None = None


def row(**changes: Any) -> dict[str, Any]:
    usual = {
        "pk": {"S": "THING#1"},
        "text": {"S": "ü"},
        "shade": {"S": "dark"},
        "number": {"N": "-12345678901234567890"},
        "at": {"N": str(int(AT.timestamp() * 1000))},
        "flag": {"BOOL": True},
        "unknown": {"S": "of a later version"},
    }
    return usual | changes


def test_every_kind_of_attribute_survives_the_table(moto_aws: None) -> None:
    thing = Thing(
        "THING#1", "THING", text="ü", shade=Shade.DARK, number=-(2**80), at=AT, flag=False,
        words={"a", "b"}, blob=b"\x00\xff", tree={"x": [1, None, "é"]}, short="s",
    )  # fmt: skip
    table.put_new(thing)
    assert table.get(Thing, thing.key, Whole) == Whole(
        "THING#1", "ü", Shade.DARK, -(2**80), AT, False, frozenset("ab"), b"\x00\xff", {"x": [1, None, "é"]}, "s"
    )


def test_what_is_missing_has_the_records_default_and_what_is_unknown_is_left() -> None:
    found = decoder(Thing, Whole)(row())
    assert found == Whole("THING#1", "ü", Shade.DARK, -12345678901234567890, AT, True)
    assert isinstance(found.shade, Shade)


def test_a_missing_attribute_without_default_names_the_row_and_itself() -> None:
    broken = row()
    del broken["number"]
    with pytest.raises(ValueError, match=r"THING#1.*number"):
        decoder(Thing, Whole)(broken)


def test_a_word_outside_the_enum_is_refused() -> None:
    with pytest.raises(ValueError, match="grey"):
        decoder(Thing, Whole)(row(shade={"S": "grey"}))


def test_a_record_of_something_else_cannot_be_decoded() -> None:
    @dataclass
    class Foreign:
        colour: str

    with pytest.raises(KeyError, match="colour"):
        decoder(Thing, Foreign)
