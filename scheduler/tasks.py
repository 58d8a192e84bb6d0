"""Celery tasks: Celery beat starts jobs, and the domains' slices answer here."""

from celery import shared_task

from imagestore.common import clock, contracts, principal
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
) -> None:
    operations.record_slice(
        run_id=run_id,
        slice_number=slice_number,
        counts=counts,
        bytes_removed=bytes_removed,
        failures=failures,
        now=clock.now(),
    )
