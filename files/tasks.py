"""Celery tasks of files."""

import logging
from typing import Any

from celery import shared_task

from files import operations
from files.records import Usage
from imagestore.common import clock, tasks
from imagestore.common.contracts import (
    PLAN_REDATING,
    RECORD_SLICE,
    RECOUNT_SLICE,
    REDATE_FILES,
    SETTLE_HOLD,
    SETTLE_SLICE,
    SUM_SHOP,
    SWEEP_SLICES,
)
from imagestore.common.rows import Key

log = logging.getLogger(__name__)


@shared_task(name="files.recount_owner")
def recount_owner(shop: str, owner: str) -> None:
    """A difference is noted; the next time, if it is still the same, set right."""
    found = operations.recount(shop=shop, owner=owner, now=clock.now())
    log.info("recount of %s %s: %s, %s -> %s", shop, owner, found.outcome, found.before, found.exact)


@shared_task(name=SUM_SHOP)
def sum_shop(shop: str, after: str, files: int, size: int) -> None:
    operations.sum_shop(shop=shop, after=after, so_far=Usage(files, size), now=clock.now())


@shared_task(name=RECOUNT_SLICE)
def recount_slice(*, run_id: str, slice_number: int, **place: Any) -> None:
    report, left = operations.recount_slice(**place, now=clock.now())
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number), left=left)


@shared_task(name=SWEEP_SLICES["usage"])
def sweep_usage(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    row_keys = [Key(pk, sk) for pk, sk in keys]
    report = operations.sweep_usage(row_keys=row_keys, dry_run=dry_run, now=clock.now())
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=SWEEP_SLICES["rendition"])
def sweep_renditions(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    row_keys = [Key(pk, sk) for pk, sk in keys]
    report = operations.sweep_renditions(row_keys=row_keys, dry_run=dry_run, now=clock.now())
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name="files.sweep_slice")
def sweep_slice(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    row_keys = [Key(pk, sk) for pk, sk in keys]
    report = operations.sweep_slice(row_keys=row_keys, dry_run=dry_run, now=clock.now(), run_id=run_id)
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=PLAN_REDATING)
def plan_redating(shop: str, run_id: str, after: str = "", planned: int = 0, customers: int = 0) -> None:
    operations.plan_redating(shop=shop, run_id=run_id, after=after, planned=planned, customers=customers)


@shared_task(name=REDATE_FILES)
def redate_slice(run_id: str, slice_number: int, *, shop: str, customers: list[str], dry_run: bool) -> None:
    report = operations.redate_slice(shop=shop, customers=customers, dry_run=dry_run, now=clock.now())
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=SETTLE_SLICE)
def settle_slice(
    *, shop: str, session: str, low: str, high: str, run_id: str | None = None, slice_number: int = 0
) -> None:
    """Without a scheduler there is no run to answer to."""
    report = operations.settle_slice(shop=shop, id=session, low=low, high=high, now=clock.now())
    if run_id:
        tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=SETTLE_HOLD["files"])
def settle_hold(hold_id: str) -> None:
    operations.settle_hold(hold_id=hold_id, now=clock.now())


@shared_task(name="files.settle_hold_part")
def settle_hold_part(*, run_id: str | None = None, slice_number: int = 0, **part: str) -> None:
    report = operations.settle_hold_part(now=clock.now(), **part)
    if run_id:
        tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name="files.decode")
def decode(ids: list[str], arrived: dict[str, list[int]] | None = None) -> None:
    operations.count_uploads(arrived or {}, clock.now())
    operations.decode(ids=ids, clock=clock.now)
