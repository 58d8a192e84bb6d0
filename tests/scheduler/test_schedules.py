"""Beat, the events functions and the deployment's rules all follow the one table of jobs."""

import inspect
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from imagestore.common import contracts
from scheduler import beat, events, queries, rules, tasks
from scheduler.records import RunState, Trigger
from tests.support.runs import put_due
from tests.support.world import Sent

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("development", "every"), [(True, timedelta(seconds=5)), (False, timedelta(minutes=5))])
def test_beat_starts_each_job_at_its_cadence(settings: Settings, development: bool, every: timedelta) -> None:
    settings.IMAGESTORE_DEVELOPMENT = development
    assert beat.schedule()["sweep"] == {
        "task": contracts.RUN_JOB,
        "schedule": every,
        "kwargs": {"name": "sweep"},
        "options": {"queue": "scheduler-tasks", "expires": every.total_seconds()},
    }
    assert set(beat.schedule()) == {job.name for job in rules.JOBS}


def test_each_job_has_an_events_function_of_exactly_event_and_context() -> None:
    functions = {
        name: list(inspect.signature(function).parameters)
        for name, function in inspect.getmembers(events, inspect.isfunction)
    }
    assert functions == {job.name: ["event", "context"] for job in rules.JOBS}


def test_the_deployment_starts_each_job_at_its_cadence() -> None:
    stages: dict[str, Any] = json.loads((ROOT / "zappa_settings.json").read_text())
    deployed = {
        rule["function"]: rule["expression"]
        for stage in stages.values()
        for rule in stage.get("events", [])
        if rule["function"].startswith("scheduler.events.") and "expression" in rule
    }
    assert deployed == {f"scheduler.events.{job.name}": rules.rate(job.cadence) for job in rules.JOBS}


def test_the_event_and_the_task_start_a_run_by_the_clock_and_slices_answer(
    moto_aws: None, sent: list[Sent], now: datetime
) -> None:
    put_due(now)
    events.sweep({}, None)
    (run,) = queries.recent_runs().items
    assert (run.trigger, run.state) == (Trigger.CLOCK, RunState.RUNNING)
    tasks.record_slice(run_id=run.id, slice_number=1, counts={"purged": 1}, bytes_removed=9, failures=[])
    assert queries.run(run.id).state is RunState.DONE
    tasks.run_job(name="sweep")
    assert len(queries.recent_runs().items) == 2
