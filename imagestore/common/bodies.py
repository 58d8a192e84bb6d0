"""Request bodies: strict JSON, and in which line it goes wrong."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson


class NoJson(Exception):
    """`line` and `column` count from 1. `name`: the member at fault, if it is about one."""

    def __init__(self, text: str, line: int | None = None, column: int | None = None, name: str | None = None) -> None:
        super().__init__(text)
        self.text, self.line, self.column, self.name = text, line, column, name


def parsed(body: bytes) -> Any:
    """What a body says. Raises NoJson also for what many parsers let pass: NaN, half of a surrogate pair, a byte order
    mark, a name that stands twice in one object, of which two readers would take either."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NoJson(error.msg, error.lineno, error.colno) from error
    try:
        json.loads(body, object_pairs_hook=_once)
    except RecursionError as error:
        raise NoJson("it is nested too deep") from error
    return found


def _once(members: Sequence[tuple[str, Any]]) -> None:
    names = {name for name, _ in members}
    if len(names) != len(members):
        [(name, _)] = Counter(name for name, _ in members).most_common(1)
        raise NoJson(f"the name {name[:64]} stands twice in one object", name=name[:64])
