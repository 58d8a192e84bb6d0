"""Workers that take every message at once, and a clock that tests may put forward."""

from datetime import timedelta

import pytest

from imagestore.common import clock, tasks
from tests.support.world import Sent


def deliver(sent: list[Sent]) -> None:
    """Workers take every message, and those that these send."""
    while sent:
        run_next(sent)


def run_next(sent: list[Sent]) -> None:
    message = sent.pop(0)
    tasks.app().tasks[message.name](**message.payload)


def let_pass(time: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    then = clock.now() + time
    monkeypatch.setattr(clock, "now", lambda: then)
