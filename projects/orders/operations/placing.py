"""Placing an order: there whole, or taken back whole.

Intent before hold: the order is written as `placing` and is due, it keeps its snapshot, it holds its photos, and it
becomes `placed` if nobody has taken it back. Whichever call fails or process dies, the sweep takes back what is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from pynamodb.expressions.update import Action

from imagestore.common import idempotency, ids, transaction
from imagestore.common.errors import DomainError
from imagestore.common.idempotency import HEADER, Asked, Record, RequestUnderWay
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost, Write
from imagestore.identity import queries as shops
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks.event_types import EventType
from projects import file_holds, packing
from projects.orders import keys, queries, rules, snapshots, storage
from projects.orders.errors import OrderBusy
from projects.orders.models import (
    OrderRow,
    deleting,
    given_to,
    is_placing,
    looked_at,
    moved,
    new_contents,
    new_order,
    new_reference,
)
from projects.orders.operations.changing import changed
from projects.orders.operations.gathering import Gathered, gather
from projects.orders.operations.releasing import withdraw
from projects.orders.records import Contents, Order, OrderState, OrderStep, Snapshot, WantedOrder

TRIES = 3


class Attempt(NamedTuple):
    """An order that is being placed."""

    order: Order
    contents: Contents
    canonical: bytes
    sources: Mapping[str, Sequence[str]]


def place(*, wanted: WantedOrder, owner: str, principal: Principal, now: datetime, asked: Asked | None = None) -> Order:
    """Nothing of a refused order stays. Raises OrderInvalid, PhotosNotPrintable, FilesUnusable, SessionClosed,
    OrderBusy, and what stands against an item: CartItemNotFound, ProjectNotFound …

    With `asked` a repeat answers the order that the first call placed, whatever became of its cart items since.
    Raises KeyReused, RequestUnderWay.
    """
    first = idempotency.recorded(asked) if asked and idempotency.was_recorded(asked, now) else None
    if first and (placed := _placed_by(first, now)):
        return placed
    owner = file_holds.owner_in_use(shop=principal.shop, owner=owner, now=now)
    attempt = _prepare(wanted, gather(wanted, owner=owner, principal=principal), owner, principal, now)
    _write(attempt, _once(asked, first, attempt.order, now) if asked else [])
    try:
        storage.put_snapshot(attempt.order.shop, attempt.order.id, attempt.canonical)
        for source, photos in attempt.sources.items():
            holder = keys.holder(attempt.order.id)
            file_holds.take(photos=photos, holder=holder, shop=principal.shop, owner=owner, source=source)
        return _finish(attempt, principal, now)
    except DomainError:
        withdraw(attempt.order, attempt.contents, now)
        if asked:
            idempotency.forget(asked, now)
        raise


def _placed_by(first: Record, now: datetime) -> Order | None:
    """None when the first call died or was refused. Raises RequestUnderWay while it may be at work."""
    order = queries.find_order(first.ids[0])
    if order and order.state in rules.SHOWN:
        return order
    idempotency.check_over(first, now)
    return None


def _once(asked: Asked, first: Record | None, order: Order, now: datetime) -> list[Write]:
    """To join the first write. A repeat takes back what the first call left, so that this cannot be finished."""
    if first is None:
        return [idempotency.record(asked, [order.id], now)]
    over = idempotency.taking_over(asked, first, [order.id], now)
    left = queries.find_order(first.ids[0])
    if left is None or left.state != OrderState.PLACING:
        return [over]
    key, actions = keys.order_row(left.id), deleting(left, due_at=now, now=now)
    return [over, transaction.update(OrderRow, key, actions, is_placing())]


def _prepare(wanted: WantedOrder, gathered: Gathered, owner: str, principal: Principal, now: datetime) -> Attempt:
    id, shop = ids.new_id(now), shops.known_shop(principal.shop).id
    snapshot = Snapshot(id, shop, now, gathered.items, gathered.files, wanted.reference)
    canonical = snapshots.canonical(snapshot)
    order = Order(
        id=id,
        shop=shop,
        state=OrderState.PLACING,
        revision=0,
        placed_at=now,
        changed_at=now,
        sha256=snapshots.digest(canonical),
        items=len(snapshot.items),
        photos=len(snapshot.files),
        bytes=sum(file.size for file in snapshot.files.values()),
        owner=owner,
        reference=wanted.reference,
        products=rules.products_of(item.product for item in snapshot.items),
    )
    contents = Contents(packing.pack_photos(snapshot.files), snapshots.pack_lines(snapshot.items))
    return Attempt(order, contents, canonical, gathered.sources)


def _write(attempt: Attempt, once: Sequence[Write]) -> None:
    order = attempt.order
    rows = [new_order(order), new_contents(order.id, attempt.contents)]
    rows += [new_reference(order)] if order.reference else []
    try:
        transaction.commit([*once, *(transaction.put(row) for row in rows)])
    except TransactionLost as lost:
        raise RequestUnderWay("Another call with this key is at work. Try again shortly.", field=HEADER) from lost


def _finish(attempt: Attempt, principal: Principal, now: datetime) -> Order:
    """An order in a visit's name that meets the login is the customer's. Raises SessionClosed, OrderBusy."""
    order = attempt.order
    steps = [OrderStep(state=OrderState.PLACED, at=now.isoformat(), by=principal.label)]
    placed = replace(order, state=OrderState.PLACED, revision=order.revision + 1, steps=steps)
    given: list[Action] = []
    for _ in range(TRIES):
        if _became(placed, given, now):
            return placed
        owner = file_holds.owner_in_use(shop=order.shop, owner=placed.owner, now=now)
        if owner == placed.owner:
            break
        placed, given = replace(placed, owner=owner), given_to(owner, order)
    raise OrderBusy("The order could not be placed in time; try again.")


def _became(placed: Order, given: Sequence[Action], now: datetime) -> bool:
    """False: it was taken back, or the visit that it is placed in is over."""
    later = rules.first_look(placed, shops.known_shop(placed.shop).policy)
    actions = [*moved(placed), *looked_at(later, now=now, order=placed), *given]
    announced = _announced(placed, now)
    still_open = file_holds.still_open(shop=placed.shop, owner=placed.owner, now=now)
    try:
        became = changed(placed, actions, is_placing(), [*still_open, *announced])
    except TransactionLost:
        return False
    if became:
        webhooks.send(announced)
    return became


def _announced(placed: Order, now: datetime) -> list[Write]:
    data = {"order_id": placed.id, "owner": placed.owner, "sha256": placed.sha256}
    return webhooks.announce(
        shop=placed.shop, type=EventType.ORDER_PLACED, subject=f"order:{placed.id}", data=data, now=now
    )
