"""Calls of AWS that fail, as they do when an address does not answer or a process dies."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import EndpointConnectionError

from imagestore.common import aws


class FailingCalls:
    """Counts calls of AWS and lets one of them fail, or that and all that follow."""

    def __init__(self, failing: int, *, all_from_there: bool = False) -> None:
        self.made, self._failing, self._all_from_there = 0, failing, all_from_there

    def __call__(self, **_: object) -> None:
        self.made += 1
        if self.made == self._failing or (self._all_from_there and self.made > self._failing):
            raise EndpointConnectionError(endpoint_url="https://aws.example")


@contextmanager
def failing(number: int, *, all_from_there: bool = False) -> Iterator[FailingCalls]:
    """The call of this number fails; botocore gives up on it as on an address that does not answer.

    `all_from_there`: nothing is done after it either, as when the process dies.
    """
    calls = FailingCalls(number, all_from_there=all_from_there)
    buses = [client.meta.events for client in (aws.dynamodb(), aws.s3())]
    for bus in buses:
        bus.register("before-call", calls)
    try:
        yield calls
    finally:
        for bus in buses:
            bus.unregister("before-call", calls)
