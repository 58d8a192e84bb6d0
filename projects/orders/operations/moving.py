"""From state to state: each step is one conditional update. A repeat changes nothing; an illegal one is refused."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from imagestore.common.principal import Principal
from imagestore.common.transaction import Write
from imagestore.identity import queries as shops
from projects.operations import purchases
from projects.orders import queries, rules
from projects.orders.errors import OrderBusy, OrderNotFound, ShopOnly, StepRefused
from projects.orders.models import MOMENT, OF_THE_ROUND, OrderRow, as_found, looked_at, moved
from projects.orders.operations import leftovers
from projects.orders.operations.changing import changed
from projects.orders.records import Event, Order, OrderState, OrderStep

TRIES = 8


def report(*, id: str, event: Event, at: datetime | None, principal: Principal, now: datetime) -> Order:
    """What the shop knows of an order. Raises OrderNotFound, ShopOnly, StepRefused, ReportInvalid.

    A payment is noted of its customer after it is of the order: a repeat of the report does so again.
    """
    order = _order_of_shop(id, principal)
    after = _move(order, event, by=principal.label, at=rules.moment(at, now), now=now)
    if event == Event.PAID and after.paid_at:
        purchases.note(shop=after.shop, owner=after.owner, at=after.paid_at)
    return after


def cancel(*, id: str, principal: Principal, now: datetime) -> Order:
    """Before the lab has it. Raises OrderNotFound, StepRefused."""
    return _move(queries.order_of(principal, id), Event.CANCELLED, by=principal.label, at=now, now=now)


def packaged(*, order: Order, by: str, now: datetime, joining: Sequence[Write] = ()) -> Order:
    """Its package is ready. `joining`: writes made together with this step, so not when it had been made before.

    Raises StepRefused, also when the order was sent back since `order` was read.
    """
    policy = shops.known_shop(order.shop).policy
    left = leftovers.noted(replace(order, state=OrderState.PACKAGED, packaged_at=now), policy, now)
    return _move(order, Event.PACKAGED, by=by, at=now, now=now, joining=[*joining, *left])


def resubmit(*, id: str, principal: Principal, now: datetime) -> Order:
    """Back to be packaged again; an order that waits for that already stays as it is.

    Raises OrderNotFound, ShopOnly, StepRefused.
    """
    order = _order_of_shop(id, principal)
    for _ in range(TRIES):
        if order.state in (OrderState.PLACED, OrderState.PAID):
            return order
        if order.state not in rules.AT_WORK:
            raise StepRefused(f"The order is {order.state}: it cannot be produced again.", state=order.state)
        state = OrderState.PAID if order.paid_at else OrderState.PLACED
        after = _after(order, state, OrderStep(state=state, at=now.isoformat(), by=principal.label), now)
        anew: dict[str, Any] = {f"{event}_at": None for event in OF_THE_ROUND}
        after = replace(after, resubmits=order.resubmits + 1, **anew)
        again = [OrderRow.resubmits.set(after.resubmits), *(MOMENT[event].remove() for event in OF_THE_ROUND)]
        if changed(after, [*moved(after), *again], as_found(order)):
            return after
        order = queries.order_of(principal, id)
    raise _busy()


def _order_of_shop(id: str, principal: Principal) -> Order:
    order = queries.order_of(principal, id)
    if principal.kind != "shop":
        raise ShopOnly("This is for the shop's own server: a token without customer and session.")
    return order


def _move(order: Order, event: Event, *, by: str, at: datetime, now: datetime, joining: Sequence[Write] = ()) -> Order:
    for _ in range(TRIES):
        if rules.happened(order, event):
            return order
        step = OrderStep(state=event, at=at.isoformat(), by=by)
        noted: dict[str, Any] = {f"{event}_at": at}
        after = replace(_after(order, rules.state_after(order, event), step, now), **noted)
        actions = [*moved(after), MOMENT[event].set(at), *_sooner(after, event, now)]
        if changed(after, actions, as_found(order), joining):
            return after
        order = _again(order)
    raise _busy()


def _after(order: Order, state: OrderState, step: OrderStep, now: datetime) -> Order:
    steps = rules.with_step(order.steps, step)
    return replace(order, state=state, revision=order.revision + 1, changed_at=now, steps=steps)


def _sooner(after: Order, event: Event, now: datetime) -> list[Action]:
    """A cancelled order goes earlier than it was due; every other due is put off by whoever looks."""
    if event != Event.CANCELLED:
        return []
    until = rules.ending(after, shops.known_shop(after.shop).policy).due_at
    return looked_at(until, now=now, order=after)


def _again(order: Order) -> Order:
    """As it is now, for a step that met another. Raises StepRefused when it was sent back meanwhile."""
    now = queries.find_order(order.id)
    if now is None or now.state not in rules.LIVE:
        raise OrderNotFound("There is no order with this id.")
    if now.resubmits != order.resubmits:
        raise StepRefused("The order was sent back to be packaged again.", state=now.state)
    return now


def _busy() -> OrderBusy:
    return OrderBusy("The order is being changed by too many at once; try again.")
