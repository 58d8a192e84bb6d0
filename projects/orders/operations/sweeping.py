"""The sweep's share of orders: those that were never placed are taken back, those whose time is over are purged, or
let go of all but their facts."""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common import switches, table
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Key
from imagestore.holds.rules import HELD_AGAIN
from imagestore.identity import queries as shops
from projects import file_holds
from projects.file_holds import SessionState, UploadSession
from projects.operations import keeping
from projects.orders import keys, queries, rules
from projects.orders.models import OrderRow, looked_at
from projects.orders.operations import handing, releasing
from projects.orders.records import Order, OrderState
from projects.orders.rules import Step
from projects.rules import VISIT_AGAIN

ENDS = {Step.PURGE: releasing.purge, Step.KEEP_FACTS: releasing.keep_facts}


def sweep_slice(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent: what was taken further meanwhile is skipped. One that fails does not stop the others."""
    report, paused = SliceReport(), switches.NOTHING if dry_run else switches.deletion()
    orders = paused.allows(table.batch_get(OrderRow, row_keys, Order, consistent=True))
    report.add("skipped", len(row_keys) - len(orders))
    held = keeping.held_customers(orders.values())
    for key, order in orders.items():
        try:
            report.did(_sweep(order, held, dry_run, now), order.id)
            report.decided_by(shops.known_shop(order.shop))
        except Exception as error:
            report.fail(order.id, key, f"{type(error).__name__}: {error}")
    return report


def _sweep(order: Order, held: keeping.Held, dry_run: bool, now: datetime) -> str:
    visit = file_holds.visit_of_owner(order.shop, order.owner)
    step, later = _step_in_visit(order, visit, now) if visit else _step(order, now)
    if order.state == OrderState.GONE:
        return "skipped"
    if step in ENDS and (order.held_by or keeping.is_kept(order, held)):
        step, later = Step.KEEP, now + HELD_AGAIN
    if dry_run:
        return step
    if step == Step.HAND_OVER and visit:
        return step if handing.hand_over(order, visit) else "skipped"
    if end := ENDS.get(step):
        return step if end(order, now) else "skipped"
    if step == Step.RELEASE:
        return step if _release(order, now) else "skipped"
    return step if later and _re_date(order, later, now) else "skipped"


def _step(order: Order, now: datetime) -> tuple[Step, datetime | None]:
    return rules.next_step(order, shops.known_shop(order.shop).policy, now)


def _step_in_visit(order: Order, visit: UploadSession, now: datetime) -> tuple[Step, datetime | None]:
    """The visit's own row decides: who claimed it gets the order."""
    if order.state in rules.LIVE and visit.state == SessionState.CLAIMED:
        return Step.HAND_OVER, None
    if order.state in rules.LIVE and visit.state == SessionState.OPEN:
        return Step.RE_DATE, max(visit.ends_at, now + VISIT_AGAIN)
    return _step(order, now)


def _release(order: Order, now: datetime) -> bool:
    if order.state == OrderState.PLACING:
        return releasing.take_back(order, now)
    releasing.let_go(order, queries.contents_of(order.id), now)
    return True


def _re_date(order: Order, later: datetime, now: datetime) -> bool:
    as_found = OrderRow.due_sort == order.due_sort
    actions = looked_at(later, now=now, order=order)
    return table.update(OrderRow, keys.order_row(order.id), actions, as_found, Order).won
