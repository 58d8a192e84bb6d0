"""Orders that are no more: photos are released first, then the snapshot goes, then the row becomes `gone`."""

from collections.abc import Collection
from datetime import datetime

from pynamodb.expressions.condition import Condition

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
    no_more,
    tombstone,
    unheld,
)
from projects.orders.records import Contents, Order, OrderState


def withdraw(order: Order, contents: Contents, now: datetime) -> None:
    """An order that cannot be placed. Also when it was taken back already: that may have been before all photos were
    held."""
    _mark(order, is_placing(), now)
    let_go(order, contents, now)


def take_back(order: Order, now: datetime) -> bool:
    """One that was being placed for too long. Marking it first decides against the process that does, if it lives."""
    return _mark_and_let_go(order, is_placing(), now)


def purge(order: Order, now: datetime) -> bool:
    """One whose time is over. False when its state was changed since it was read, or a legal hold was placed."""
    return _mark_and_let_go(order, as_found(order) & unheld(), now)


def _mark_and_let_go(order: Order, condition: Condition, now: datetime) -> bool:
    marked = _mark(order, condition, now)
    if marked:
        let_go(order, queries.contents_of(order.id), now)
    return marked


def _mark(order: Order, condition: Condition, now: datetime) -> bool:
    actions = deleting(order, due_at=now, now=now)
    return table.update(OrderRow, keys.order_row(order.id), actions, condition, Order).won


def let_go(order: Order, contents: Contents | None, now: datetime) -> None:
    """Interrupted anywhere, a repeat finishes it: the order stays due until it is gone.

    One that was never placed stays and is looked at once more, for photos that were being held all the while.
    """
    key, is_deleting = keys.order_row(order.id), OrderRow.state == OrderState.DELETING
    if contents is not None:
        photos, guard = packing.photos_in(contents.photos), transaction.check(OrderRow, key, no_more())
        release_photos(photos=photos, holder=keys.holder(order.id), shop=order.shop, guard=guard, now=now)
        storage.remove_snapshot(order.shop, order.id)
    if rules.may_be_taking(order):
        later = deleting(order, due_at=now + rules.LOOKED_AGAIN_AFTER, now=now)
        table.update(OrderRow, key, [*later, OrderRow.let_go_at.set(now)], is_deleting, Order)
        return
    if order.reference:
        table.delete(ReferenceRow, keys.reference_row(order.shop, order.reference, order.id))
    table.delete(ContentsRow, keys.contents_row(order.id))
    table.update(OrderRow, key, tombstone(now), is_deleting, Order)


def let_go_of(*, id: str, shop: str, photos: Collection[str], now: datetime) -> None:
    """Photos that name an order which is no more. Raises TransactionLost if it is there."""
    guard = transaction.check(OrderRow, keys.order_row(id), no_more())
    release_photos(photos=photos, holder=keys.holder(id), shop=shop, guard=guard, now=now)
