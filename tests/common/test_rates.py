"""Request rates: so many at once, then so many a second, each caller by itself."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from imagestore.common.errors import TooMany
from imagestore.common.rates import Callers, Rate

RATE = Rate(per_second=10, burst=5)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def admitted(callers: Callers, caller: str = "anna", calls: int = 100, rate: Rate = RATE) -> int:
    number = 0
    for _ in range(calls):
        try:
            callers.admit(caller, rate)
            number += 1
        except TooMany:
            pass
    return number


def test_a_burst_and_then_so_many_a_second() -> None:
    clock = Clock()
    callers = Callers(clock=clock)
    assert admitted(callers) == 5
    clock.now += 0.35
    assert admitted(callers) == 3
    clock.now += 60
    assert admitted(callers) == 5


def test_the_refusal_tells_the_limit_and_when_to_come_again() -> None:
    clock, slow = Clock(), Rate(per_second=1, burst=3)
    callers = Callers(clock=clock)
    assert admitted(callers, rate=slow) == 3
    with pytest.raises(TooMany) as refused:
        callers.admit("anna", slow)
    assert refused.value.facts == {"limit": {"calls_per_second": 1, "burst": 3}, "retry_after": 1}
    clock.now += 1
    callers.admit("anna", slow)


def test_one_caller_takes_nothing_from_another() -> None:
    callers = Callers(clock=Clock())
    assert [admitted(callers, who) for who in ("anna", "bob", "anna")] == [5, 5, 0]


def test_a_rate_of_none_counts_none() -> None:
    assert admitted(Callers(clock=Clock()), rate=Rate(0, 0)) == 100


def test_who_was_not_seen_the_longest_is_forgotten_first() -> None:
    callers = Callers(most=2, clock=Clock())
    for who in ("anna", "bob", "anna", "eve"):
        callers.admit(who, RATE)
    assert [admitted(callers, who) for who in ("anna", "eve", "bob")] == [3, 4, 5]


def test_threads_together_get_no_more_than_one() -> None:
    callers = Callers(clock=Clock())
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: admitted(callers, calls=50), range(16))) == 5
