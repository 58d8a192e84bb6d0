"""Request rates, counted in this process: no request pays a write for being counted. On AWS the gateway counts."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from imagestore.common.errors import TooMany

MOST_CALLERS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` calls at once, and then `per_second`. None are counted if that is 0."""

    per_second: int
    burst: int


class Callers:
    """One bucket for each caller that was seen lately. Safe between threads.

    Kept is how many calls of a caller count at which moment; they drain away at the rate. Whoever was not seen the
    longest is forgotten first, and starts anew.
    """

    def __init__(self, *, most: int = MOST_CALLERS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._counted: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, caller: str, rate: Rate) -> None:
        """Raises TooMany with the seconds to wait; a call that was refused is not counted."""
        if not rate.per_second:
            return
        with self._lock:
            now = self._clock()
            calls, then = self._counted.get(caller, (0.0, now))
            calls = max(calls - (now - then) * rate.per_second, 0) + 1
            if calls <= rate.burst:
                self._counted[caller] = calls, now
                self._counted.move_to_end(caller)
                if len(self._counted) > self._most:
                    self._counted.popitem(last=False)
                return
        wait = ceil((calls - rate.burst) / rate.per_second)
        limit = {"calls_per_second": rate.per_second, "burst": rate.burst}
        raise TooMany(f"More than {rate.per_second} calls a second.", limit=limit, retry_after=wait)
