"""Simulated shops: whatever people, staff and failures do, what is used stays and what is not used goes on time."""

from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from imagestore.common import clock
from imagestore.local.management.commands import simulate as command
from imagestore.local.simulation.year import Told, simulate
from tests.support.ministack import LocalAws


@pytest.fixture
def heard() -> list[str]:
    """How far it is, as it is told on the way."""
    return []


@pytest.fixture(params=[(7, 1), pytest.param((365, 3), marks=pytest.mark.proof)])
def told(request: pytest.FixtureRequest, real_aws: LocalAws, heard: list[str]) -> Told:
    days, shops = request.param
    return simulate(days=days, shops=shops, seed=7, start=clock.now(), tell=heard.append)


def test_every_invariant_holds(told: Told, heard: list[str]) -> None:
    assert told.wrong == []
    assert told.looks >= 1
    happened = {"uploads", "projects", "visits", "sign-ups", "legal holds", "days of outage", "days without a sweep"}
    assert happened - set(told.totals) == set()
    assert told.svg().startswith("<svg")
    assert heard[-1].startswith("quiet day 3 of 3 after all ")


@pytest.mark.parametrize("chart", [None, "year.svg"])
def test_a_chart_is_written_where_it_is_asked_for_alone(
    chart: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(command.INSIDE, "1")
    monkeypatch.setattr(command, "bootstrap", lambda: None)
    monkeypatch.setattr(
        command, "simulate", lambda **_: Told(days=[1], series={"photos": [1]}, totals=Counter(uploads=1))
    )
    out = StringIO()
    call_command("simulate", *(["--chart", chart] if chart else []), stdout=out)
    assert [file.name for file in tmp_path.iterdir()] == ([chart] if chart else [])
    assert ("the chart is in" in out.getvalue()) is (chart is not None)
