"""What is left of a project that was ordered: photos that only its earlier versions use.

Where a rule of the shop says so, these versions leave the history so long after the order was packaged, and their
photos are released. Not if the project was saved since: then somebody is at work on it.
"""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common import switches, table, transaction
from imagestore.common.contracts import SliceReport
from imagestore.common.retention import RetentionPolicy
from imagestore.common.rows import Key
from imagestore.holds.rules import HELD_AGAIN
from imagestore.identity import queries as shops
from projects import operations as projects
from projects.orders import keys, models, queries, rules
from projects.orders.models import LeftoversRow
from projects.orders.records import Leftovers, Order
from projects.orders.rules import Step
from projects.queries import head_of, holds_on_owner
from projects.records import Head, ProjectState


def noted(order: Order, policy: RetentionPolicy, now: datetime) -> list[transaction.Write]:
    """Joins what makes an order packaged; nothing where no rule asks for it."""
    due_at = rules.leftovers_go(order, policy)
    if due_at is None:
        return []
    actions = models.leftovers_wait(due_at, now=now, shop=order.shop, id=order.id)
    return [transaction.update(LeftoversRow, keys.leftovers_row(order.id), actions, None)]


def note(order: Order, policy: RetentionPolicy, now: datetime) -> None:
    """Of an order that was packaged before the rule was there."""
    due_at = rules.leftovers_go(order, policy)
    if due_at is not None:
        _wait(order.id, order.shop, max(due_at, now), now)


def sweep_slice(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent: what was let go is skipped. One that fails does not stop the others."""
    report, paused = SliceReport(), switches.NOTHING if dry_run else switches.deletion()
    rows = paused.allows(table.batch_get(LeftoversRow, row_keys, Leftovers, consistent=True))
    report.add("skipped", len(row_keys) - len(rows))
    for key, row in rows.items():
        try:
            report.did(_sweep(row, dry_run, now), row.id)
            report.decided_by(shops.known_shop(row.shop))
        except Exception as error:
            report.fail(row.id, key, f"{type(error).__name__}: {error}")
    return report


def _sweep(row: Leftovers, dry_run: bool, now: datetime) -> str:
    order = queries.find_order(row.id)
    due_at = rules.leftovers_go(order, shops.known_shop(row.shop).policy) if order else None
    if order is None or due_at is None:
        if not dry_run:
            _forget(row)
        return "skipped"
    if due_at > now:
        return _again(row, Step.RE_DATE, due_at, dry_run, now)
    found = [head for head in map(head_of, _projects(order)) if head and _is_left(head, order)]
    if any(head.held_by or holds_on_owner(head.shop, head.owner) for head in found):
        return _again(row, Step.KEEP, now + HELD_AGAIN, dry_run, now)
    if not dry_run:
        for head in found:
            projects.keep_current_version(head=head, now=now)
        _forget(row)
    return Step.LEFTOVERS


def _projects(order: Order) -> list[str]:
    return sorted({line["project"] for line in queries.lines_of(order)})


def _is_left(head: Head, order: Order) -> bool:
    """Whose the order is, and as it was when that was packaged."""
    mine = (head.shop, head.owner, head.state) == (order.shop, order.owner, ProjectState.ACTIVE)
    return mine and order.packaged_at is not None and head.saved_at <= order.packaged_at


def _again(row: Leftovers, word: str, later: datetime, dry_run: bool, now: datetime) -> str:
    return word if dry_run or _wait(row.id, row.shop, later, now) else "skipped"


def _wait(id: str, shop: str, later: datetime, now: datetime) -> bool:
    actions = models.leftovers_wait(later, now=now, shop=shop, id=id)
    return table.update(LeftoversRow, keys.leftovers_row(id), actions, None, Leftovers).won


def _forget(row: Leftovers) -> bool:
    """Unless it was dated anew meanwhile: the order was packaged once more."""
    return table.delete(LeftoversRow, keys.leftovers_row(row.id), LeftoversRow.due_sort == row.due_sort)
