"""Jobs that the clock or an operator starts, and workers that do what comes of it."""

from datetime import datetime

import pytest

from imagestore.common import due, principal
from scheduler import operations, queries
from scheduler.records import Run, Trigger
from tests.support.work import deliver
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
    deliver(sent)
    return queries.run(run.id)


def one_shard(monkeypatch: pytest.MonkeyPatch, since: datetime) -> None:
    """What is due lies in one shard of each hour: a sweep over many days asks a quarter as often."""
    monkeypatch.setattr(due, "shard_count", lambda now: 1)
    monkeypatch.setattr(due, "shards", lambda: due.Shards(1, since))
