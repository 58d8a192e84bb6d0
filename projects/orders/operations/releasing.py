"""Orders that are no more: photos are released first, then the snapshot goes, then the row becomes `gone`.

Of one whose facts are kept the row stays, with all that is known of its items.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import table, transaction
from projects import packing
from projects.operations.releasing import release_photos
from projects.orders import keys, queries, rules, storage
from projects.orders.models import (
    ContentsRow,
    OrderRow,
    ReferenceRow,
    as_found,
    deleting,
    is_placing,
    keeping_facts,
    never_due,
    no_more,
    tombstone,
    unheld,
)
from projects.orders.records import Contents, Order, OrderState


def withdraw(order: Order, contents: Contents, now: datetime) -> None:
    """An order that cannot be placed. Also when it was taken back already: that may have been before all photos were
    held."""
    marked = replace(order, state=OrderState.DELETING)
    _mark(order, deleting(order, due_at=now, now=now), is_placing())
    let_go(marked, contents, now)


def take_back(order: Order, now: datetime) -> bool:
    """One that was being placed for too long. Marking it first decides against the process that does, if it lives."""
    return _end(order, OrderState.DELETING, deleting(order, due_at=now, now=now), is_placing(), now)


def purge(order: Order, now: datetime) -> bool:
    """One whose time is over. False when its state was changed since it was read, or a legal hold was placed."""
    return _end(order, OrderState.DELETING, deleting(order, due_at=now, now=now), as_found(order) & unheld(), now)


def keep_facts(order: Order, now: datetime) -> bool:
    """One whose photos and documents are to go, and nothing else. False as `purge`."""
    return _end(order, OrderState.FACTS_ONLY, keeping_facts(order, now), as_found(order) & unheld(), now)


def _end(order: Order, state: OrderState, actions: Sequence[Action], condition: Condition, now: datetime) -> bool:
    marked = _mark(order, actions, condition)
    if marked:
        let_go(replace(order, state=state), queries.contents_of(order.id), now)
    return marked


def _mark(order: Order, actions: Sequence[Action], condition: Condition) -> bool:
    return table.update(OrderRow, keys.order_row(order.id), actions, condition, Order).won


def let_go(order: Order, contents: Contents | None, now: datetime) -> None:
    """Interrupted anywhere, a repeat finishes it: the order stays due until it is gone, or until only facts are left.

    One that was never placed stays and is looked at once more, for photos that were being held all the while.
    """
    key, as_marked = keys.order_row(order.id), OrderRow.state == order.state
    if contents is not None:
        photos, guard = packing.photos_in(contents.photos), transaction.check(OrderRow, key, no_more())
        release_photos(photos=photos, holder=keys.holder(order.id), shop=order.shop, guard=guard, now=now)
        storage.remove_snapshot(order.shop, order.id)
    if order.state == OrderState.FACTS_ONLY:
        table.update(OrderRow, key, never_due(), as_marked, Order)
    elif rules.may_be_taking(order):
        later = deleting(order, due_at=now + rules.LOOKED_AGAIN_AFTER, now=now)
        table.update(OrderRow, key, [*later, OrderRow.let_go_at.set(now)], as_marked, Order)
    else:
        _forget(order, as_marked, now)


def _forget(order: Order, as_marked: Condition, now: datetime) -> None:
    if order.reference:
        table.delete(ReferenceRow, keys.reference_row(order.shop, order.reference, order.id))
    table.delete(ContentsRow, keys.contents_row(order.id))
    table.update(OrderRow, keys.order_row(order.id), tombstone(now), as_marked, Order)


def let_go_of(*, id: str, shop: str, photos: Collection[str], now: datetime) -> None:
    """Photos that name an order which is no more. Raises TransactionLost if it is there."""
    guard = transaction.check(OrderRow, keys.order_row(id), no_more())
    release_photos(photos=photos, holder=keys.holder(id), shop=shop, guard=guard, now=now)
