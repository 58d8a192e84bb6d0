"""Celery tasks of projects."""

from celery import shared_task

from imagestore.common import clock, tasks
from imagestore.common.contracts import RECORD_SLICE, SETTLE_PROJECTS
from imagestore.common.rows import Key
from projects import operations


@shared_task(name="projects.sweep_slice")
def sweep_slice(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    row_keys = [Key(pk, sk) for pk, sk in keys]
    report = operations.sweep_slice(row_keys=row_keys, dry_run=dry_run, now=clock.now())
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=SETTLE_PROJECTS)
def settle_session(shop: str, session: str) -> None:
    operations.settle_visit(shop=shop, session=session, now=clock.now())


@shared_task(name="projects.prune_versions")
def prune_versions(project_id: str) -> None:
    operations.prune_versions(id=project_id, now=clock.now())
