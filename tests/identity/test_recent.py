"""What is remembered, and for how long."""

import time

import pytest

from imagestore.identity import recent
from imagestore.identity.recent import Recent


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.seconds)


def test_found_lasts_60_seconds_and_missing_5(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, stored, loads = Clock(monkeypatch), {"a": 1}, list[str]()

    def load(name: str) -> int | None:
        loads.append(name)
        return stored.get(name)

    kept = Recent(load)
    for seconds, name, expected in [(0, "a", 1), (59, "a", 1), (59, "b", None), (63, "b", None)]:
        clock.seconds = 1000 + seconds
        assert kept.get(name) == expected
    assert loads == ["a", "b"]
    stored |= {"a": 2, "b": 3}
    clock.seconds = 1065
    assert (kept.get("a"), kept.get("b")) == (2, 3)
    stored.clear()
    assert kept.get("a") == 2
    kept.forget()
    assert kept.get("a") is None


def test_names_that_strangers_make_up_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 3)
    kept = Recent[str](lambda name: name)
    for number in range(100):
        assert kept.get(str(number)) == str(number)
    assert len(kept._kept) <= 3
