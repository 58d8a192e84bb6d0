"""Celery tasks of projects, carts, orders and packages."""

import logging
from collections.abc import Callable
from datetime import date
from functools import partial

from celery import shared_task

from imagestore.common import clock, statistics, tasks
from imagestore.common.contracts import (
    COUNT_PROJECTS,
    RECORD_SLICE,
    REDATE_PROJECTS,
    SETTLE_HOLD,
    SETTLE_PROJECTS,
    SliceReport,
)
from imagestore.common.rows import Key
from imagestore.holds.operations import marking
from projects import counting, keys, operations, redating
from projects.carts import operations as carts
from projects.holder_kinds import HOLDER_KINDS, MARKER
from projects.orders import keys as order_keys
from projects.orders import operations as orders
from projects.packages import operations as packages
from projects.packages.operations.asking import BUILD

log = logging.getLogger(__name__)


@shared_task(name="projects.sweep_slice")
def sweep_slice(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    _sweep(operations.sweep_slice, run_id, slice_number, keys, dry_run)


@shared_task(name="projects.sweep_carts")
def sweep_carts(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    _sweep(carts.sweep_slice, run_id, slice_number, keys, dry_run)


@shared_task(name="projects.sweep_orders")
def sweep_orders(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    _sweep(orders.sweep_slice, run_id, slice_number, keys, dry_run)


@shared_task(name="projects.sweep_leftovers")
def sweep_leftovers(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    _sweep(orders.sweep_leftovers, run_id, slice_number, keys, dry_run)


@shared_task(name="projects.sweep_packages")
def sweep_packages(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    _sweep(packages.sweep_slice, run_id, slice_number, keys, dry_run)


@shared_task(name="projects.sweep_moves")
def sweep_moves(run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool) -> None:
    _sweep(partial(operations.sweep_moves, kinds=HOLDER_KINDS), run_id, slice_number, keys, dry_run)


def _sweep(
    sweep: Callable[..., SliceReport], run_id: str, slice_number: int, keys: list[list[str]], dry_run: bool
) -> None:
    row_keys = [Key(pk, sk) for pk, sk in keys]
    report = sweep(row_keys=row_keys, dry_run=dry_run, now=clock.now())
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=SETTLE_PROJECTS)
def settle_session(shop: str, session: str) -> None:
    """What a visit made is its customer's after a login. What it ordered is looked at first: nobody may miss it."""
    for settle_visit in (orders.settle_visit, carts.settle_visit, operations.settle_visit):
        settle_visit(shop=shop, session=session, now=clock.now())


@shared_task(name=REDATE_PROJECTS)
def redate_slice(run_id: str, slice_number: int, *, shop: str, customers: list[str], dry_run: bool) -> None:
    report = redating.redate_slice(shop=shop, customers=customers, dry_run=dry_run, now=clock.now())
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name=SETTLE_HOLD["projects"])
def settle_hold(hold_id: str) -> None:
    marking.settle(MARKER, hold_id, clock.now())


@shared_task(name="projects.settle_hold_part")
def settle_hold_part(*, run_id: str | None = None, slice_number: int = 0, **part: str) -> None:
    report = marking.settle_part(MARKER, now=clock.now(), **part)
    if run_id:
        tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


@shared_task(name="projects.prune_versions")
def prune_versions(project_id: str, shop: str = "") -> None:
    """It is asked for once in so many saves, which are counted with it."""
    operations.prune_versions(id=project_id, now=clock.now())
    if shop:
        statistics.add(shop, {"saves": counting.PRUNED_EACH}, clock.now())


@shared_task(name=COUNT_PROJECTS)
def count_days(run_id: str, slice_number: int, shops: dict[str, str], until: str) -> None:
    """What was made on each day, by the lists of a shop: cheap, and exact."""
    report = statistics.count_days(
        shops=shops, until=date.fromisoformat(until), name="orders", count=_made_on, now=clock.now()
    )
    tasks.send(RECORD_SLICE, **report.payload(run_id, slice_number))


def _made_on(shop: str, day: date) -> dict[str, int]:
    lists = {"projects": keys.all_projects_of_shop(shop), "orders": order_keys.all_orders_of_shop(shop)}
    return {name: statistics.born_on(partitions, day) for name, partitions in lists.items()}


@shared_task(name="projects.release_pin")
def release_pin(pin_id: str) -> None:
    carts.release(id=pin_id, now=clock.now())


@shared_task(name=BUILD)
def build_package(package_id: str) -> None:
    """What fails is logged and stays due: a message that comes again would find the same."""
    try:
        packages.build(id=package_id, clock=clock.now)
    except Exception:
        log.exception("package %s could not be built; it stays due", package_id)
