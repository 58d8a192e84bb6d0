"""Items that are due, and the doors of the scheduler with their usual arguments."""

from datetime import UTC, datetime, timedelta
from typing import Any

from imagestore.common import due, ids, principal, shop_usage, table
from imagestore.common.rows import Item, Key
from scheduler import operations
from scheduler.records import Run, Trigger
from tests.support.world import Sent

NOW = datetime(2031, 5, 6, 10, 30, tzinfo=UTC)


def put_due(due_at: datetime = NOW, *, kind: str = "file", now: datetime | None = None, shop: str = "acme") -> Key:
    """An item that waits to be looked at from `due_at` on; written at `now`, an hour before by default."""
    written = now or due_at - timedelta(hours=1)
    id = ids.new_id(written)
    place = due.due(due_at, now=written, shop=shop, kind=kind, id=id)
    row = Item(f"{kind.upper()}#{id}", kind.upper(), due_bucket=place.bucket, due_sort=place.sort)
    table.put_new(row)
    return row.key


def let_go(files: int = 100_000, shop: str = "acme") -> None:
    """The shop has so many files that its guard lets a twentieth of them go."""
    shop_usage.note(shop, files=files, size=files, now=NOW)


def swept(sent: list[Sent]) -> set[str]:
    """Partitions of the items that were sent out to be swept."""
    return {key[0] for message in sent for key in message.payload.get("keys", ())}


def tick(now: datetime = NOW) -> Run | None:
    return operations.start_run(job="sweep", trigger=Trigger.CLOCK, now=now, principal=principal.clock())


def started(now: datetime = NOW) -> Run:
    """The run of a tick that finds something due."""
    run = tick(now)
    assert run is not None
    return run


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
