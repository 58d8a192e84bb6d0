"""A small cache in the process: what was found lives long, what was missing briefly."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")
FOUND_FOR, MISSING_FOR = 60.0, 5.0
MOST = 10_000


class Recent(Generic[V]):
    def __init__(self, load: Callable[[str], V | None]) -> None:
        self._load = load
        self._kept: dict[str, tuple[float, V | None]] = {}

    def get(self, name: str) -> V | None:
        kept = self._kept.get(name)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        value = self._load(name)
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[name] = (time.monotonic() + (MISSING_FOR if value is None else FOUND_FOR), value)
        return value

    def forget(self) -> None:
        self._kept.clear()
