"""Celery tasks: Celery beat starts jobs, and the domains' slices answer here."""

from datetime import date
from typing import Any

from celery import shared_task

from imagestore.common import clock, contracts, principal, tasks
from imagestore.common.rows import Key
from imagestore.holds import operations as holds
from scheduler import operations
from scheduler.records import Trigger


@shared_task(name=contracts.RUN_JOB)
def run_job(name: str) -> None:
    operations.start_run(job=name, trigger=Trigger.CLOCK, now=clock.now(), principal=principal.clock())


@shared_task(name=contracts.RECORD_SLICE)
def record_slice(
    run_id: str,
    slice_number: int,
    counts: dict[str, int],
    bytes_removed: int,
    failures: list[contracts.Failure],
    *,
    items: list[contracts.Done] | None = None,
    days: dict[str, int] | None = None,
    by_shop: dict[str, dict[str, int]] | None = None,
    policies: dict[str, int] | None = None,
    left: dict[str, Any] | None = None,
) -> None:
    operations.record_slice(
        run_id=run_id,
        slice_number=slice_number,
        counts=counts,
        bytes_removed=bytes_removed,
        failures=failures,
        now=clock.now(),
        items=items or [],
        days=days or {},
        by_shop=by_shop,
        policies=policies or {},
        left=left,
    )


@shared_task(name=contracts.START_SLICES)
def start_slices(run_id: str, job: str, shop: str, task: str, parts: list[contracts.Part], **more: Any) -> None:
    """`more`: what PlannedRun has besides."""
    plan = contracts.PlannedRun(run_id, job, shop, task, parts, **more)
    operations.start_slices(plan=plan, now=clock.now())


@shared_task(name="scheduler.sweep_slice")
def sweep_slice(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    row_keys = [Key(pk, sk) for pk, sk in keys]
    report = operations.sweep_slice(row_keys=row_keys, dry_run=dry_run, now=clock.now())
    tasks.send(contracts.RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=contracts.POSTPONE_SLICE)
def postpone_slice(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    report = operations.postpone_slice(row_keys=[Key(pk, sk) for pk, sk in keys], now=clock.now())
    tasks.send(contracts.RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=contracts.COUNT_DEAD_LETTERS)
def count_dead_letters(run_id: str, slice_number: int) -> None:
    report = operations.count_dead_letters()
    tasks.send(contracts.RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=contracts.FOLD_STATISTICS)
def fold_statistics(run_id: str, slice_number: int, shops: dict[str, str], until: str) -> None:
    report = operations.fold_statistics(shops=shops, until=date.fromisoformat(until), now=clock.now())
    tasks.send(contracts.RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name="scheduler.sweep_holds")
def sweep_holds(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    row_keys = [Key(pk, sk) for pk, sk in keys]
    report = holds.sweep_slice(row_keys=row_keys, dry_run=dry_run, now=clock.now())
    tasks.send(contracts.RECORD_SLICE, **report.payload(run_id, slice_number))
