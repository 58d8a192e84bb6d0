"""Marks follow their hold: they come while it stands, and go once it is released, whatever is interrupted.

Each transaction of marks checks that the hold is as it was read, so that a run that is late marks nothing any more. The
hold is due until every part of the work is done: a message that was lost is sent again.
"""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common import ids, queues, table, tasks, transaction
from imagestore.common.batches import chunks
from imagestore.common.contracts import SETTLE_HOLD, START_SLICES, Part, PlannedRun, SliceReport
from imagestore.common.rows import Key
from imagestore.common.transaction import Write
from imagestore.holds import keys, models, queries, rules
from imagestore.holds.errors import CustomerHeld
from imagestore.holds.models import HeldRow, HoldRow
from imagestore.holds.records import Hold

JOB = "settle_hold"
MOST_SLICES = 500
"""Of one run, so that its plan fits into a message."""


def mark(hold: Hold, writes: Sequence[Write]) -> int:
    """Marks of items, or their removal; answers how many there were to change. Raises TransactionLost when the hold was
    released meanwhile.
    """
    return transaction.commit_guarded(stands(hold), writes) if writes else 0


def stands(hold: Hold) -> Write:
    """Refused when whether it stands has changed since it was read."""
    return transaction.check(HoldRow, keys.hold_row(hold.id), models.as_read(hold))


def unheld(shop: str, owner: str) -> Write:
    """Refused while any hold stands on the customer."""
    return transaction.check(HeldRow, keys.held_row(shop, owner), HeldRow.holds.does_not_exist())


def require_unheld(shop: str, owner: str) -> None:
    """Raises CustomerHeld."""
    if holds := queries.on_owner(shop, owner):
        raise CustomerHeld(f"Of this customer nothing may go: {rules.told(holds)}", holds=sorted(holds))


def tell_domains(hold: Hold) -> None:
    """Those that have something left to do."""
    left = {"files": hold.left_in_files, "projects": hold.left_in_projects}
    for domain in (domain for domain, parts in left.items() if parts):
        tasks.send(SETTLE_HOLD[domain], hold_id=hold.id)


def plan(hold: Hold, domain: str, task: str, parts: Sequence[Part], now: datetime) -> None:
    """A domain's work, in slices that each do a part and finish it: runs of the scheduler, or bare tasks without it.

    A payload is told its `part`. None: there is nothing to do.
    """
    runs = [(ids.new_id(now), few) for few in chunks(parts, MOST_SLICES)]
    named = [_named(run_id, few) for run_id, few in runs]
    names = {part["payload"]["part"] for few in named for part in few}
    left = models.LEFT[domain]
    actions = [left.set(names) if names else left.remove(), *models.looked_at(hold, now + rules.PLANNED_AGAIN, now)]
    if not table.update(HoldRow, keys.hold_row(hold.id), actions, left.exists() & models.as_read(hold), Hold).won:
        return
    _forget_due(hold)
    recorded = queues.exists(queues.of_task(START_SLICES))
    for (run_id, _), few in zip(runs, named, strict=True):
        if recorded:
            tasks.send(START_SLICES, **PlannedRun(run_id, JOB, hold.shop, task, few).payload())
        else:
            for part in few:
                tasks.send(task, **part["payload"])


def _named(run_id: str, parts: Sequence[Part]) -> list[Part]:
    return [
        Part(items=part["items"], payload={**part["payload"], "part": f"{run_id}/{number}"})
        for number, part in enumerate(parts, start=1)
    ]


def finish_part(hold: Hold, domain: str, part: str) -> None:
    """After the last one the hold is in effect, or released."""
    left = models.LEFT[domain]
    table.update(HoldRow, keys.hold_row(hold.id), [left.delete({part})], left.contains(part), Hold)
    _forget_due(hold)


def _forget_due(hold: Hold) -> None:
    done = models.nothing_left() & HoldRow.due_sort.exists()
    table.update(HoldRow, keys.hold_row(hold.id), models.looked_at_no_more(), done, Hold)


def sweep_slice(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """Holds whose marks are not all there: their domains are told again."""
    report = SliceReport()
    holds = table.batch_get(HoldRow, row_keys, Hold, consistent=True)
    report.add("skipped", len(row_keys) - len(holds))
    for hold in holds.values():
        report.did("told" if dry_run or _tell_again(hold, now) else "skipped", hold.id)
    return report


def _tell_again(hold: Hold, now: datetime) -> bool:
    if not (hold.left_in_files or hold.left_in_projects):
        _forget_due(hold)
        return False
    later, as_found = models.looked_at(hold, now + rules.TOLD_AGAIN, now), HoldRow.due_sort == hold.due_sort
    won = table.update(HoldRow, keys.hold_row(hold.id), later, as_found, Hold).won
    if won:
        tell_domains(hold)
    return won
