"""The sweep's share of carts: due items expire or are re-dated, and due pins are released."""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common import switches, table
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Key
from imagestore.holds.rules import HELD_AGAIN
from imagestore.identity import queries as shops
from projects import file_holds
from projects.carts import keys, queries, rules
from projects.carts.models import CartItemRow, PinRow, looked_at
from projects.carts.operations import handing, releasing, removing
from projects.carts.records import CartItem, Pin, PinState
from projects.carts.rules import Step
from projects.file_holds import SessionState
from projects.operations import keeping
from projects.rules import VISIT_AGAIN


def sweep_slice(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent: what was taken further meanwhile is skipped. One that fails does not stop the others."""
    report, paused = SliceReport(), switches.NOTHING if dry_run else switches.deletion()
    item_keys = [key for key in row_keys if keys.is_item(key)]
    items = paused.allows(table.batch_get(CartItemRow, item_keys, CartItem, consistent=True))
    pin_keys = [key for key in row_keys if not keys.is_item(key)]
    pins = paused.allows(table.batch_get(PinRow, pin_keys, Pin, consistent=True))
    report.add("skipped", len(row_keys) - len(items) - len(pins))
    held = keeping.held_customers(items.values())
    found: list[tuple[Key, CartItem | Pin]] = [*items.items(), *pins.items()]
    for key, one in found:
        try:
            word = _sweep_pin(one, dry_run, now) if isinstance(one, Pin) else _sweep_item(one, held, dry_run, now)
            report.did(word, one.id)
            report.decided_by(shops.known_shop(one.shop))
        except Exception as error:
            report.fail(one.id, key, f"{type(error).__name__}: {error}")
    return report


def _sweep_pin(pin: Pin, dry_run: bool, now: datetime) -> str:
    if pin.state not in (PinState.PLACING, PinState.DELETING):
        return "skipped"
    if dry_run:
        return Step.RELEASE
    if pin.state == PinState.PLACING:
        return Step.RELEASE if releasing.take_back(pin, now) else "skipped"
    return Step.RELEASE if releasing.let_go(pin, queries.copy_of(pin.id), now) else Step.KEEP


def _sweep_item(item: CartItem, held: keeping.Held, dry_run: bool, now: datetime) -> str:
    visit = file_holds.visit_of_owner(item.shop, item.owner)
    step, later = rules.next_step(item, shops.known_shop(item.shop).policy, now)
    if visit and visit.state == SessionState.CLAIMED:
        step = Step.HAND_OVER
    elif visit and visit.state == SessionState.OPEN:
        step, later = Step.RE_DATE, max(visit.ends_at, now + VISIT_AGAIN)
    elif item.of_visit:
        step = Step.EXPIRE
    if step == Step.EXPIRE and keeping.is_kept(item, held):
        step, later = Step.KEEP, now + HELD_AGAIN
    if dry_run:
        return step
    if step == Step.HAND_OVER and visit:
        return step if handing.hand_over(item, visit, now) else "skipped"
    if step == Step.EXPIRE:
        return step if removing.end_at_once(item, now) else "skipped"
    return step if later and _re_date(item, later, now) else "skipped"


def _re_date(item: CartItem, later: datetime, now: datetime) -> bool:
    as_found = CartItemRow.due_sort == item.due_sort
    key = keys.item_row(item.shop, item.owner, item.id)
    return table.update(CartItemRow, key, looked_at(later, now=now, item=item), as_found, CartItem).won
