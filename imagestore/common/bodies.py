"""Request bodies: strict JSON, and in which line it goes wrong; gzip, and never more of it than is allowed."""

import json
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson


class NoJson(Exception):
    """`line` and `column` count from 1. `name`: the member at fault, if it is about one."""

    def __init__(self, text: str, line: int | None = None, column: int | None = None, name: str | None = None) -> None:
        super().__init__(text)
        self.text, self.line, self.column, self.name = text, line, column, name


class TooLong(Exception):
    """Unpacked it would be longer than is allowed."""


class NoGzip(Exception):
    """It is damaged, cut short, or something else."""


GZIP = zlib.MAX_WBITS | 16


def gunzipped(body: bytes, most: int) -> bytes:
    """Unpacks no more than `most` bytes, however much a small body would make. Raises TooLong, NoGzip."""
    unpacking = zlib.decompressobj(GZIP)
    try:
        whole = unpacking.decompress(body, most + 1)
    except zlib.error as error:
        raise NoGzip(str(error)) from error
    if len(whole) > most:
        raise TooLong(f"more than {most} bytes")
    if not unpacking.eof or unpacking.unused_data:
        raise NoGzip("it is cut short, or something follows it")
    return whole


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
