"""A table, queues and items that are due, all on moto; messages are caught instead of sent."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from moto import mock_aws

from imagestore.common import aws, clock, due, ids, principal, table, tasks
from imagestore.common.rows import Item, Key
from imagestore.local.queues import ensure_queues
from imagestore.local.tables import ensure_table
from scheduler import operations
from scheduler.records import Run, Trigger

NOW = datetime(2031, 5, 6, 10, 30, tzinfo=UTC)


@dataclass
class Messages:
    """What was sent, by task name and payload as it arrives."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def send(self, name: str, **payload: Any) -> None:
        self.sent.append((name, json.loads(json.dumps(payload))))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.sent]

    def keys(self) -> set[str]:
        return {key[0] for _, payload in self.sent for key in payload["keys"]}


@pytest.fixture
def clean_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def store(clean_cache: None) -> Iterator[None]:
    with mock_aws():
        aws.reset()
        ensure_table("imagestore-test")
        ensure_queues("imagestore-test")
        yield
    aws.reset()


@pytest.fixture
def now() -> datetime:
    """The present, for doors that ask the clock themselves."""
    return clock.now()


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> Messages:
    caught = Messages()
    monkeypatch.setattr(tasks, "send", caught.send)
    return caught


@pytest.fixture
def wait_due(store: None) -> Callable[..., Key]:
    return put_due


def put_due(due_at: datetime = NOW, *, kind: str = "file", now: datetime | None = None) -> Key:
    """An item that waits to be looked at from `due_at` on; written at `now`, an hour before by default."""
    written = now or due_at - timedelta(hours=1)
    id = ids.new_id(written)
    place = due.due(due_at, now=written, shop="acme", kind=kind, id=id)
    row = Item(f"{kind.upper()}#{id}", kind.upper(), due_bucket=place.bucket, due_sort=place.sort)
    table.put_new(row)
    return row.key


def tick(now: datetime = NOW) -> Run | None:
    return operations.start_run(job="sweep", trigger=Trigger.CLOCK, now=now, principal=principal.clock())


def command(now: datetime = NOW, *, dry_run: bool = False) -> Run:
    run = operations.start_run(
        job="sweep",
        trigger=Trigger.COMMAND,
        now=now,
        principal=principal.command("ops"),
        dry_run=dry_run,
    )
    assert run is not None
    return run


def report(run: Run, number: int, now: datetime = NOW, **told: Any) -> bool:
    totals: dict[str, Any] = {"counts": {}, "bytes_removed": 0, "failures": [], **told}
    return operations.record_slice(run_id=run.id, slice_number=number, now=now, **totals)
