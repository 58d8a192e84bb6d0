"""Rows of orders: the order, beside it what it holds, and a row by which the shop's reference finds it."""

from dataclasses import replace
from datetime import datetime

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import due
from imagestore.common.rows import InstantAttribute, Item
from projects.orders import keys, rules
from projects.orders.records import Contents, Event, Order, OrderState, OrderStep


class OrderRow(Item):
    """About 1 KB: it moves from state to state by conditional updates. In `by_due` until only its facts are kept."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    state = UnicodeAttribute()
    revision = NumberAttribute()
    placed_at = InstantAttribute()
    changed_at = InstantAttribute()
    sha256 = UnicodeAttribute()
    items = NumberAttribute()
    photos = NumberAttribute()
    bytes = NumberAttribute()
    owner = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    resubmits = NumberAttribute(null=True)
    products = JSONAttribute(null=True)
    steps = JSONAttribute(null=True)
    paid_at = InstantAttribute(null=True)
    packaged_at = InstantAttribute(null=True)
    sent_to_lab_at = InstantAttribute(null=True)
    confirmed_at = InstantAttribute(null=True)
    failed_at = InstantAttribute(null=True)
    delivered_at = InstantAttribute(null=True)
    cancelled_at = InstantAttribute(null=True)
    let_go_at = InstantAttribute(null=True)
    held_by = UnicodeSetAttribute(null=True)


class ContentsRow(Item):
    """Put with its order, and never changed."""

    photos = BinaryAttribute(legacy_encoding=False)
    lines = BinaryAttribute(legacy_encoding=False)


class LeftoversRow(Item):
    """Due when a rule lets go of what is left of the order's projects. Only for shops with such a rule."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()


class ReferenceRow(Item):
    id = UnicodeAttribute()


MOMENT = {event: getattr(OrderRow, f"{event}_at") for event in Event}
OF_THE_ROUND = (Event.PACKAGED, Event.SENT_TO_LAB, Event.CONFIRMED, Event.FAILED, Event.DELIVERED)
"""Forgotten when an order is sent back: they are to happen again. Its steps tell that they did before."""


def as_found(order: Order) -> Condition:
    """Its state was not changed since it was read."""
    condition: Condition = (OrderRow.state == order.state) & (OrderRow.revision == order.revision)
    return condition


def unheld() -> Condition:
    """No legal hold stands on the order itself."""
    condition: Condition = OrderRow.held_by.does_not_exist()
    return condition


def is_placing() -> Condition:
    condition: Condition = OrderRow.state == OrderState.PLACING
    return condition


def no_more() -> Condition:
    """Nothing needs what an order holds: it was taken back or purged, is facts only, or forgotten altogether."""
    condition: Condition = OrderRow.pk.does_not_exist() | OrderRow.state.is_in(
        OrderState.FACTS_ONLY, OrderState.DELETING, OrderState.GONE
    )
    return condition


def looked_at(due_at: datetime, *, now: datetime, order: Order) -> list[Action]:
    place = due.due(due_at, now=now, shop=order.shop, kind="order", id=order.id)
    return [OrderRow.due_bucket.set(place.bucket), OrderRow.due_sort.set(place.sort)]


def leftovers_wait(due_at: datetime, *, now: datetime, shop: str, id: str) -> list[Action]:
    """Makes the row if it is missing."""
    place = due.due(due_at, now=now, shop=shop, kind="leftover", id=id)
    return [
        LeftoversRow.id.set(id),
        LeftoversRow.shop.set(shop),
        LeftoversRow.due_bucket.set(place.bucket),
        LeftoversRow.due_sort.set(place.sort),
    ]


def moved(after: Order) -> list[Action]:
    return [
        OrderRow.state.set(after.state),
        OrderRow.revision.set(after.revision),
        OrderRow.changed_at.set(after.changed_at),
        OrderRow.steps.set(after.steps),
    ]


def given_to(owner: str, order: Order) -> list[Action]:
    return [OrderRow.owner.set(owner), OrderRow.owner_key.set(keys.orders_of_owner(order.shop, owner))]


def deleting(order: Order, *, due_at: datetime, now: datetime) -> list[Action]:
    """Whoever finds it from `due_at` on releases it, should nobody have done so before."""
    return [OrderRow.state.set(OrderState.DELETING), *looked_at(due_at, now=now, order=order)]


def keeping_facts(order: Order, now: datetime) -> list[Action]:
    """The same, but for what is known of it: that stays."""
    step = OrderStep(state=OrderState.FACTS_ONLY, at=now.isoformat(), by="rule")
    steps = rules.with_step(order.steps, step)
    ended = replace(order, state=OrderState.FACTS_ONLY, revision=order.revision + 1, changed_at=now, steps=steps)
    return [*moved(ended), OrderRow.let_go_at.set(now), *looked_at(now, now=now, order=order)]


def never_due() -> list[Action]:
    return [OrderRow.due_bucket.remove(), OrderRow.due_sort.remove()]


def tombstone(now: datetime) -> list[Action]:
    """What stays of a purged order for two weeks: no personal data, no place in any index."""
    personal = (
        OrderRow.owner, OrderRow.reference, OrderRow.steps, OrderRow.owner_key, OrderRow.owner_sort,
        OrderRow.attention_key, OrderRow.attention_sort, OrderRow.due_bucket, OrderRow.due_sort,
    )  # fmt: skip
    return [
        OrderRow.state.set(OrderState.GONE),
        OrderRow.expires_at.set(int((now + rules.TOMBSTONE).timestamp())),
        *(attribute.remove() for attribute in personal),
    ]


def new_order(order: Order) -> OrderRow:
    place = due.due(
        order.placed_at + rules.PLACED_WITHIN, now=order.placed_at, shop=order.shop, kind="order", id=order.id
    )
    return OrderRow(
        *keys.order_row(order.id),
        owner_key=keys.orders_of_owner(order.shop, order.owner),
        owner_sort=order.id,
        attention_key=keys.orders_of_shop(order.shop, order.id),
        attention_sort=order.id,
        due_bucket=place.bucket,
        due_sort=place.sort,
        id=order.id,
        shop=order.shop,
        state=order.state,
        revision=order.revision,
        placed_at=order.placed_at,
        changed_at=order.changed_at,
        sha256=order.sha256,
        items=order.items,
        photos=order.photos,
        bytes=order.bytes,
        owner=order.owner,
        reference=order.reference or None,
        products=order.products or None,
    )


def new_contents(id: str, contents: Contents) -> ContentsRow:
    return ContentsRow(*keys.contents_row(id), photos=contents.photos, lines=contents.lines)


def new_reference(order: Order) -> ReferenceRow:
    return ReferenceRow(*keys.reference_row(order.shop, order.reference, order.id), id=order.id)
