"""Bodies are JSON in the strictest reading, and whatever is not says where."""

import pytest

from imagestore.common import bodies


@pytest.mark.parametrize(
    "text", ['{"a": [1, 2.5, null, "ü😀"]}', '[{"a": 1}, {"a": 1}]', '{"a": {"a": {"a": 1}}}', "7"]
)
def test_what_it_says_is_answered(text: str) -> None:
    assert bodies.parsed(text.encode()) is not None


def test_a_place_is_told_in_lines_and_columns() -> None:
    with pytest.raises(bodies.NoJson) as refused:
        bodies.parsed(b'{\n "a": 1,\n}')
    assert (refused.value.line, refused.value.column) == (2, 8)


@pytest.mark.parametrize(
    ("text", "name"), [('{"a": 1, "a": 1}', "a"), ('[{"b": {"c": 1, "d": 2, "c": {}}}]', "c"), ('{"": 1, "": 2}', "")]
)
def test_a_name_that_stands_twice_is_told(text: str, name: str) -> None:
    with pytest.raises(bodies.NoJson) as refused:
        bodies.parsed(text.encode())
    assert refused.value.name == name


def test_what_is_nested_as_deep_as_can_be_is_no_crash() -> None:
    with pytest.raises(bodies.NoJson):
        bodies.parsed(b"[" * 1024 + b"]" * 1024)
