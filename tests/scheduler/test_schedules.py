"""Beat, the events functions and the deployment's rules all follow the one table of jobs."""

import inspect
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.schedules import crontab
from pytest_django import Settings

from imagestore.common import contracts, queues
from scheduler import beat, events, queries, rules, tasks
from scheduler.records import Job, RunState, Trigger
from tests.support.runs import put_due
from tests.support.world import Sent

ROOT = Path(__file__).parents[2]
STAGES: dict[str, Any] = json.loads((ROOT / "zappa_settings.json").read_text())
DOCUMENT = (ROOT / "docs" / "jobs.md").read_text()
LONGEST_RULE_NAME = 63
"""EventBridge takes 64 letters, and Zappa cuts at 63."""


@pytest.mark.parametrize(("development", "every"), [(True, timedelta(seconds=5)), (False, timedelta(minutes=5))])
def test_beat_starts_each_job_at_its_cadence(settings: Settings, development: bool, every: timedelta) -> None:
    settings.IMAGESTORE_DEVELOPMENT = development
    assert beat.schedule()["sweep"] == {
        "task": contracts.RUN_JOB,
        "schedule": every,
        "kwargs": {"name": "sweep"},
        "options": {"queue": "scheduler-tasks", "expires": every.total_seconds(), "time_limit": 300.0},
    }
    assert set(beat.schedule()) == {job.name for job in rules.JOBS}


@pytest.mark.parametrize("job", rules.JOBS, ids=lambda job: job.name)
def test_beat_tells_queue_and_time_limit_and_a_rare_job_has_a_time_of_day(settings: Settings, job: Job) -> None:
    settings.IMAGESTORE_DEVELOPMENT = False
    entry = beat.schedule()[job.name]
    assert entry["options"]["queue"] == job.queue
    assert entry["options"]["time_limit"] == job.time_limit.total_seconds()
    assert entry["schedule"] == (_crontab(rules.expression(job)) if job.at else job.cadence)
    assert (job.at is not None) == (job.cadence >= timedelta(hours=1))


def _crontab(expression: str) -> crontab:
    minute, hour, *_ = expression.removeprefix("cron(").split()
    return crontab(minute=minute, hour=hour)


def test_each_job_has_an_events_function_of_exactly_event_and_context() -> None:
    functions = {
        name: list(inspect.signature(function).parameters)
        for name, function in inspect.getmembers(events, inspect.isfunction)
        if not name.startswith("_")
    }
    assert functions == {job.name: ["event", "context"] for job in rules.JOBS}


def test_the_deployment_starts_each_job_at_its_cadence() -> None:
    deployed = {
        rule["function"]: rule["expression"]
        for stage in STAGES.values()
        for rule in stage.get("events", [])
        if rule["function"].startswith("scheduler.events.") and "expression" in rule
    }
    assert deployed == {f"scheduler.events.{job.name}": rules.expression(job) for job in rules.JOBS}


def test_the_names_of_the_deployment_s_rules_are_not_too_long() -> None:
    for rule in STAGES["scheduler"]["events"]:
        assert len(f"imagestore-scheduler-{rule['function']}") <= LONGEST_RULE_NAME


@pytest.mark.parametrize("job", rules.JOBS, ids=lambda job: job.name)
def test_who_plans_a_job_is_stopped_before_others_may_plan_it(job: Job) -> None:
    """A function by its timeout, a worker by the time limit of its message."""
    assert timedelta(seconds=STAGES["scheduler"]["timeout_seconds"]) <= job.time_limit
    assert job.queue in queues.NAMES


def test_the_document_tells_of_each_job_what_the_table_tells() -> None:
    told = {
        name: (expression, queue, int(minutes))
        for name, expression, queue, minutes in re.findall(
            r"^\| `(\w+)` \| [^|]*`([^`|]+)`[^|]* \| `([\w-]+)` \| (\d+) minutes \|", DOCUMENT, re.MULTILINE
        )
    }
    assert told == {
        job.name: (rules.expression(job), job.queue, int(job.time_limit / timedelta(minutes=1))) for job in rules.JOBS
    }


def test_the_document_tells_who_sees_to_each_kind_of_due_items() -> None:
    listed = re.findall(r"^\| `([\w-]+)` \| `([\w.]+)` \|", DOCUMENT, re.MULTILINE)
    assert dict(listed) == contracts.SWEEP_SLICES


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
