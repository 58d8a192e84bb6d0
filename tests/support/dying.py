"""An operation that dies at its calls in turn, every time from the same table; on moto."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

from botocore.exceptions import EndpointConnectionError

from tests.model.rows import Table
from tests.support.failing import failing

log = logging.getLogger(__name__)


def each_call_failing(name: str, operation: Callable[[], object], every: int) -> Iterator[tuple[int, Table]]:
    """The number of the call that failed, once it has, from the first on; the last time none did."""
    rows = Table()
    start = rows.state()
    for number in count(1, every):
        rows.load(start)
        with failing(number) as calls, suppress(EndpointConnectionError):
            operation()
        yield number, rows
        rows.state()
        if calls.made < number:
            log.info("%s: %d calls", name, calls.made)
            return
