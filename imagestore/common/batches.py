"""Splitting into the sizes that AWS takes, and doing many small calls side by side."""

import contextvars
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
PARALLEL = 16


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def in_parallel(do: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Results in the order of the items; calls count in the caller's account. The first error is raised."""
    if len(items) < 2:
        return [do(item) for item in items]
    with ThreadPoolExecutor(min(PARALLEL, len(items))) as pool:
        futures = [pool.submit(contextvars.copy_context().run, do, item) for item in items]
        return [future.result() for future in futures]
