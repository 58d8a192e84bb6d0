"""Whole numbers: as JSON means them, and nothing that only looks like one."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from imagestore.common.shapes import Whole

WHOLE: TypeAdapter[int] = TypeAdapter(Whole)


@pytest.mark.parametrize(("value", "number"), [(12, 12), (12.0, 12), (-1, -1), (0.0, 0)])
def test_a_whole_number(value: object, number: int) -> None:
    assert WHOLE.validate_python(value) == number


@pytest.mark.parametrize("value", ["12", True, False, 12.5, None, [12], float("inf"), float("nan")])
def test_no_whole_number(value: Any) -> None:
    with pytest.raises(ValidationError):
        WHOLE.validate_python(value)
