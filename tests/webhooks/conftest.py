"""A shop on the local AWS with a receiver of its own, and a clock that the tests put forward."""

import pytest

from tests.support.webhooks import Clock
from tests.support.world import Sent


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch, sent: list[Sent]) -> Clock:
    """Of the clock."""
    return Clock(monkeypatch, sent)
