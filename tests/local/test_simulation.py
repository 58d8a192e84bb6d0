"""Simulated shops: whatever people, staff and failures do, what is used stays and what is not used goes on time."""

from pathlib import Path

import pytest

from imagestore.common import clock
from imagestore.local.simulation.year import Told, simulate
from tests.support.ministack import LocalAws


@pytest.fixture(params=[(7, 1), pytest.param((365, 3), marks=pytest.mark.proof)])
def told(request: pytest.FixtureRequest, real_aws: LocalAws) -> Told:
    days, shops = request.param
    return simulate(days=days, shops=shops, seed=7, start=clock.now(), tell=print)


def test_every_invariant_holds(told: Told, tmp_path: Path) -> None:
    assert told.wrong == []
    assert told.looks >= 1
    happened = {"uploads", "projects", "visits", "sign-ups", "legal holds", "days of outage", "days without a sweep"}
    assert happened - set(told.totals) == set()
    assert told.svg().startswith("<svg")
