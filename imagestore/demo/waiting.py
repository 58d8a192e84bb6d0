"""Looking again until something happened, or the time is over."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from imagestore.demo.client import CONNECTIONS

T = TypeVar("T")
R = TypeVar("R")
BETWEEN_LOOKS = 1.0


def looks(seconds: float) -> Iterator[None]:
    """One step per look, at least one; ends after `seconds`."""
    end = time.monotonic() + seconds
    yield
    while time.monotonic() < end:
        time.sleep(BETWEEN_LOOKS)
        yield


def side_by_side(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Results in order, a few at a time. An error or Ctrl-C leaves what has not begun undone."""
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        yield from pool.map(work, items)
    finally:
        pool.shutdown(cancel_futures=True)
