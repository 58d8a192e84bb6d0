"""Celery tasks of files."""

from celery import shared_task

from files import operations
from imagestore.common import clock, tasks
from imagestore.common.contracts import RECORD_SLICE
from imagestore.common.rows import Key


@shared_task(name="files.sweep_slice")
def sweep_slice(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    row_keys = [Key(pk, sk) for pk, sk in keys]
    report = operations.sweep_slice(row_keys=row_keys, dry_run=dry_run, now=clock.now())
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name="files.decode")
def decode(ids: list[str]) -> None:
    operations.decode(ids=ids, clock=clock.now)
