"""Jobs that the clock or an operator starts, and workers that do what comes of it."""

from datetime import datetime

import pytest

from imagestore.common import clock, due, principal, tasks
from scheduler import operations, queries
from scheduler.records import Run, Trigger
from tests.support.runs import report
from tests.support.work import run_next
from tests.support.world import Sent

REGULAR = ("dead_letters", "statistics", "recount_usage")


def tick_of(job: str, now: datetime) -> Run | None:
    return operations.start_run(job=job, trigger=Trigger.CLOCK, now=now, principal=principal.clock())


def command_of(job: str, now: datetime, *, dry_run: bool = False) -> Run:
    run = operations.start_run(
        job=job, trigger=Trigger.COMMAND, now=now, principal=principal.command("ops"), dry_run=dry_run
    )
    assert run is not None
    return run


def done(job: str, now: datetime, sent: list[Sent], *, dry_run: bool = False) -> Run:
    """The run of a command, once workers have taken every message."""
    run = command_of(job, now, dry_run=dry_run)
    work_off(sent)
    return queries.run(run.id)


def work_off(sent: list[Sent]) -> None:
    """Workers take every message; what a domain that is not mounted would do is told as done."""
    while sent:
        message = sent[0]
        if message.name in tasks.app().tasks:
            run_next(sent)
        else:
            report(queries.run(message.payload["run_id"]), message.payload["slice_number"], clock.now())
            sent.pop(0)


def one_shard(monkeypatch: pytest.MonkeyPatch, since: datetime) -> None:
    """What is due lies in one shard of each hour: a sweep over many days asks a quarter as often."""
    monkeypatch.setattr(due, "shard_count", lambda now: 1)
    monkeypatch.setattr(due, "shards", lambda: due.Shards(1, since))
