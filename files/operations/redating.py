"""A shop's policy was changed: its customers' files are dated anew, once somebody may see what that makes due.

Without it what was dated stays as long as it was promised. Files of visits follow their visits, and are left.
"""

from collections.abc import Sequence
from datetime import datetime

from files import keys, queries, rules
from files.models import FileRow, waits_until
from files.operations.dating_renditions import redate_renditions
from files.records import File, FileState
from imagestore.common import browse, queues, table, tasks
from imagestore.common.batches import chunks, in_parallel
from imagestore.common.browse import Window
from imagestore.common.contracts import (
    PLAN_REDATING,
    REDATE_FILES,
    REDATE_PROJECTS,
    START_SLICES,
    Part,
    PlannedRun,
    SliceReport,
)
from imagestore.common.redating import Redated, changes
from imagestore.common.retention import RetentionPolicy
from imagestore.identity import queries as shops
from imagestore.purchases import queries as purchases

DATED = (FileState.STORED, FileState.TRASHED)
PAGE = 100
CUSTOMERS_IN_SLICE = 25
MOST_PARTS = 80
"""In one message, which has at most 256 KB."""


def plan_redating(*, shop: str, run_id: str, after: str, planned: int, customers: int) -> None:
    """Slices of 25 customers, from those that come `after` one on; `planned`, of `customers`, were planned before."""
    parts, leaf = list[Part](), None
    while leaf is None or (leaf.more_after and len(parts) < MOST_PARTS):
        leaf = queries.leaf_of_owners(Window(limit=PAGE, after=after), shop=shop)
        after = leaf.last
        for owners in chunks(leaf.items, CUSTOMERS_IN_SLICE):
            parts += _parts(shop, [owner.customer for owner in owners])
    last = not leaf.more_after
    run = PlannedRun(run_id, "redate", shop, REDATE_FILES, parts, planned + 1, last, customers, survey=True)
    tasks.send(START_SLICES, **run.payload())
    if not last:
        told = {"planned": planned + len(parts), "customers": customers + sum(part["items"] for part in parts)}
        tasks.send(PLAN_REDATING, shop=shop, run_id=run_id, after=after, **told)


def _parts(shop: str, customers: Sequence[str]) -> list[Part]:
    """One for each domain that is there; each customer is counted once."""
    payload = {"shop": shop, "customers": list(customers), "dry_run": True}
    tasks_there = [task for task in (REDATE_FILES, REDATE_PROJECTS) if queues.exists(queues.of_task(task))]
    counted = (len(customers) if task == REDATE_FILES else 0 for task in tasks_there)
    return [
        {"items": items, "payload": payload, "task": task} for items, task in zip(counted, tasks_there, strict=True)
    ]


def redate_slice(*, shop: str, customers: Sequence[str], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent: what is dated as it should be is left."""
    found = Redated()
    by = shops.stored_shop(shop)
    found.report.decided_by(by)
    owners = [rules.owner_of(customer) for customer in customers]
    bought = purchases.last_purchases(
        (shop, owner) for owner in owners if purchases.asks(by.policy, owner, *rules.UNHELD)
    )
    for owner in owners:
        policy = by.policy.for_customer(bought.get((shop, owner)))
        _redate_owner(shop, owner, policy, found, dry_run=dry_run, now=now)
    return found.report


def _redate_owner(
    shop: str, owner: str, policy: RetentionPolicy, found: Redated, *, dry_run: bool, now: datetime
) -> None:
    for files in browse.every(FileRow, File, "by_owner", keys.files_of_owner(shop, owner)):
        waiting = [file for file in files if file.owner == owner and _has_date(file)]
        for file in waiting:
            found.met(file.id, file.purge_after, rules.ending(file, policy).due_at, now)
        if not dry_run:
            in_parallel(lambda file: _redate(file, policy, now), waiting)
        shown = [file for file in files if file.owner == owner and file.state in rules.READABLE]
        redate_renditions(shown, policy, found.report, dry_run=dry_run, now=now)


def _has_date(file: File) -> bool:
    """One that is being decoded is looked at soon; whoever looks dates it."""
    return file.state in DATED and not file.holders and not file.undecoded


def _redate(file: File, policy: RetentionPolicy, now: datetime) -> None:
    """Losing is well: it was dated, held or moved since it was read."""
    until = rules.ending(file, policy).due_at
    if changes(file.purge_after, until):
        as_found = (FileRow.due_sort == file.due_sort) & FileRow.holders.does_not_exist()
        actions = waits_until(max(until, now), now=now, shop=file.shop, id=file.id)
        table.update(FileRow, keys.file_row(file.id), actions, as_found, File)
