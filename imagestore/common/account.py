"""Counts what work costs: AWS requests and DynamoDB capacity units, per request, task or slice.

Capacity is computed from the sizes of items by AWS's published rules (emulators and batch answers under-report it).
Where an answer does not show the item, its row is taken as one unit: such rows are kept under 1 KB by design.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from imagestore.common import capacity


@dataclass(slots=True)
class Work:
    requests: Counter[str] = field(default_factory=Counter)
    rcu: float = 0.0
    wcu: float = 0.0

    @property
    def dynamodb_requests(self) -> int:
        return self._count("dynamodb:")

    @property
    def s3_requests(self) -> int:
        return self._count("s3:")

    def _count(self, service: str) -> int:
        return sum(number for name, number in self.requests.items() if name.startswith(service))


_current: ContextVar[tuple[Work, ...]] = ContextVar("work", default=())


@contextmanager
def measure() -> Iterator[Work]:
    """Counts all calls made inside, by this thread and those that run in a copy of its context."""
    work = Work()
    token = _current.set((*_current.get(), work))
    try:
        yield work
    finally:
        _current.reset(token)


def count(service: str, operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    listeners = _current.get()
    if not listeners:
        return
    rcu, wcu = capacity.units(operation, params, answer) if service == "dynamodb" else (0.0, 0.0)
    for work in listeners:
        work.requests[f"{service}:{operation}"] += 1
        work.rcu += rcu
        work.wcu += wcu
