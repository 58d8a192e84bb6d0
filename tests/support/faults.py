"""Calls of AWS that fail for one writer alone: the process dies before a call, or the answer of one is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from imagestore.common import aws

Kind = Literal["crash", "lost"]


@dataclass
class Fault:
    """At the `number`-th call from now on. A crash is before it; a lost answer is after it was carried out."""

    kind: Kind
    number: int
    made: int = 0
    struck: bool = False

    def __post_init__(self) -> None:
        self._lock = Lock()

    def due(self, kind: Kind) -> bool:
        """Counts before a call; side by side only one of them strikes."""
        with self._lock:
            if kind == "crash":
                self.made += 1
            if self.struck or self.kind != kind or self.made < self.number:
                return False
            self.struck = True
            return True


_planned: ContextVar[Fault | None] = ContextVar("fault", default=None)


@contextmanager
def faults() -> Iterator[None]:
    """Inside, whoever plans a fault meets it. Of clients as they are bound now."""
    buses = [client.meta.events for client in (aws.dynamodb(), aws.s3())]
    for bus in buses:
        bus.register("before-call", _before)
        bus.register("after-call", _after)
    try:
        yield
    finally:
        for bus in buses:
            bus.unregister("before-call", _before)
            bus.unregister("after-call", _after)


@contextmanager
def planned(fault: Fault) -> Iterator[Fault]:
    """For the calls of this thread, and of threads that run in a copy of its context."""
    token = _planned.set(fault)
    try:
        yield fault
    finally:
        _planned.reset(token)


def _before(**_: Any) -> None:
    fault = _planned.get()
    if fault is not None and fault.due("crash"):
        raise EndpointConnectionError(endpoint_url="https://aws.example")


def _after(**_: Any) -> None:
    fault = _planned.get()
    if fault is not None and fault.due("lost"):
        raise ReadTimeoutError(endpoint_url="https://aws.example")
