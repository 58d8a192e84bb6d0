"""Whole numbers and instants: as JSON means them, and nothing that only looks like one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from imagestore.common.shapes import Instant, Whole

WHOLE: TypeAdapter[int] = TypeAdapter(Whole)
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@pytest.mark.parametrize(("value", "number"), [(12, 12), (12.0, 12), (-1, -1), (0.0, 0)])
def test_a_whole_number(value: object, number: int) -> None:
    assert WHOLE.validate_python(value) == number


@pytest.mark.parametrize("value", ["12", True, False, 12.5, None, [12], float("inf"), float("nan")])
def test_no_whole_number(value: Any) -> None:
    with pytest.raises(ValidationError):
        WHOLE.validate_python(value)


@pytest.mark.parametrize("value", ["2026-11-23T08:30:00Z", "2026-11-23T10:30:00+02:00"])
def test_an_instant(value: str) -> None:
    assert INSTANT.validate_python(value) == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["2026-11-23", "2026-11-23T08:30:00", "1795422601", 1795422600, "yesterday", "", None]
)
def test_no_instant(value: Any) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(value)
