"""Celery tasks of webhooks. Every process that executes tasks knows them, whichever domains it mounts."""

from celery import shared_task

from imagestore.common import clock, tasks
from imagestore.common.contracts import RECORD_SLICE, SWEEP_SLICES
from imagestore.common.rows import Key
from imagestore.webhooks import operations
from imagestore.webhooks.operations.announcing import DELIVER


@shared_task(name=DELIVER)
def deliver(pk: str, sk: str) -> None:
    operations.deliver(key=Key(pk, sk), clock=clock.now)


@shared_task(name=SWEEP_SLICES["webhook"])
def sweep_slice(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    row_keys = [Key(pk, sk) for pk, sk in keys]
    report = operations.sweep_slice(row_keys=row_keys, dry_run=dry_run, now=clock.now())
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))
