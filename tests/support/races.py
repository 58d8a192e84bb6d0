"""Two or more deeds at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from imagestore.common import switches


def together(*deeds: Callable[[], Any]) -> list[Any]:
    """Starts all at once; answers each result, or the exception that it raised."""
    barrier = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return deed()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def later(calls: int, deed: Callable[[], Any]) -> Callable[[], Any]:
    """Begins so many calls later, when the other deed is further on."""

    def run() -> Any:
        for _ in range(calls):
            switches.deletion()
        return deed()

    return run
