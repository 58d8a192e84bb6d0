"""Limits of orders, which state may follow on which, and how long an order is kept. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from imagestore.common.principal import Principal
from imagestore.common.retention import Action, Clock, Ending, RetentionPolicy, Subject
from projects.orders.errors import OrderInvalid, ReportInvalid, StepRefused
from projects.orders.records import Event, Order, OrderState, OrderStep, WantedOrder
from projects.rules import VISIT_LOOK

MOST_ITEMS = 100
MOST_PHOTOS = 3_000
MOST_DOCUMENT_BYTES = 64 * 1024 * 1024
"""Of all items together: a snapshot is made and read in memory."""
MOST_QUANTITY = 100_000
LONGEST_REFERENCE = 100
MOST_STEPS = 20
PLACED_WITHIN = timedelta(minutes=15)
"""An order that is still being placed then is taken back."""
LOOKED_AGAIN_AFTER = timedelta(hours=1)
"""An order that was never placed is taken back once more: whoever was placing it may have held photos until the first
time."""
CLOCK_SKEW = timedelta(minutes=1)
TOMBSTONE = timedelta(days=14)
LIVE = (
    OrderState.PLACED, OrderState.PAID, OrderState.PACKAGED, OrderState.SENT_TO_LAB, OrderState.CONFIRMED,
    OrderState.FAILED, OrderState.CANCELLED,
)  # fmt: skip
SHOWN = (*LIVE, OrderState.FACTS_ONLY)
AT_WORK = (OrderState.PACKAGED, OrderState.SENT_TO_LAB, OrderState.CONFIRMED, OrderState.FAILED)
"""Somebody began to produce it: it may be sent back to be packaged again."""
MOVES: Mapping[Event, Mapping[OrderState, OrderState]] = {
    Event.PAID: {OrderState.PLACED: OrderState.PAID} | {state: state for state in AT_WORK},
    Event.PACKAGED: dict.fromkeys((OrderState.PLACED, OrderState.PAID), OrderState.PACKAGED),
    Event.SENT_TO_LAB: {OrderState.PACKAGED: OrderState.SENT_TO_LAB},
    Event.CONFIRMED: {OrderState.SENT_TO_LAB: OrderState.CONFIRMED},
    Event.FAILED: {OrderState.SENT_TO_LAB: OrderState.FAILED},
    Event.DELIVERED: {state: state for state in (OrderState.SENT_TO_LAB, OrderState.CONFIRMED)},
    Event.CANCELLED: dict.fromkeys((OrderState.PLACED, OrderState.PAID, OrderState.PACKAGED), OrderState.CANCELLED),
}
"""The state after an event, by the state before. Payment and delivery are facts that may change none."""


class Step(StrEnum):
    """`LEFTOVERS`: earlier versions of its projects were let go, with the photos that only they used."""

    LEFTOVERS = "leftovers_released"
    PURGE = "purged"
    KEEP_FACTS = "facts_kept"
    RE_DATE = "re_dated"
    HAND_OVER = "handed_over"
    RELEASE = "released"
    KEEP = "held"


def may_see(principal: Principal, order: Order) -> bool:
    if order.shop != principal.shop or order.state not in SHOWN:
        return False
    mine = principal.customer is not None and order.owner == f"customer:{principal.customer}"
    of_visit = principal.session is not None and order.owner == f"session:{principal.session}"
    return principal.kind == "shop" or mine or of_visit


def check_wanted(wanted: WantedOrder) -> None:
    """Raises OrderInvalid naming the field and its limit."""
    if not 1 <= len(wanted.items) <= MOST_ITEMS:
        raise OrderInvalid(f"An order has from 1 to {MOST_ITEMS} items.", "items", limit=MOST_ITEMS)
    for index, item in enumerate(wanted.items):
        if (item.cart_item is None) == (item.project is None):
            raise OrderInvalid("An item names either a cart_item or a project.", f"items.{index}")
        if item.version is not None and item.project is None:
            raise OrderInvalid("A cart item keeps a version already.", f"items.{index}.version")


def check_size(document_bytes: int, photos: int) -> None:
    """Of all items together; raises OrderInvalid."""
    if document_bytes > MOST_DOCUMENT_BYTES:
        raise OrderInvalid(
            f"The documents of an order have at most {MOST_DOCUMENT_BYTES} bytes together.",
            "items",
            limit=MOST_DOCUMENT_BYTES,
        )
    if photos > MOST_PHOTOS:
        raise OrderInvalid(
            f"The items use {photos} photos; an order has at most {MOST_PHOTOS}.",
            "items",
            limit=MOST_PHOTOS,
            photos=photos,
        )


def happened(order: Order, event: Event) -> bool:
    return getattr(order, f"{event}_at") is not None


def state_after(order: Order, event: Event) -> OrderState:
    """Raises StepRefused naming the state."""
    state = MOVES[event].get(order.state)
    if state is None:
        raise StepRefused(f"The order is {order.state}: it cannot be {event} now.", state=order.state)
    return state


def with_step(steps: Sequence[OrderStep], step: OrderStep) -> list[OrderStep]:
    """Of very many the first stays, and the last."""
    longer = [*steps, step]
    return longer if len(longer) <= MOST_STEPS else [longer[0], *longer[-MOST_STEPS + 1 :]]


def moment(at: datetime | None, now: datetime) -> datetime:
    """When a reported event was. Raises ReportInvalid for one that is still to come."""
    if at is None:
        return now
    if at > now + CLOCK_SKEW:
        raise ReportInvalid("at lies in the future.", "at")
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def ending(order: Order, policy: RetentionPolicy) -> Ending:
    """Which rule ends it, and when: of its products the one that is kept longest decides."""
    moments = {
        Clock.ORDERED: order.placed_at,
        Clock.ENTERED: order.changed_at,
        Clock.PAID: order.paid_at,
        Clock.PACKAGED: order.packaged_at,
        Clock.DELIVERED: order.delivered_at,
    }
    clocks = {clock: at for clock, at in moments.items() if at is not None}
    return policy.ending(_subject(order), clocks, [product or None for product in order.products])


def leftovers_go(order: Order, policy: RetentionPolicy) -> datetime | None:
    """When its projects let go of the photos that only their earlier versions use; None for never."""
    if order.packaged_at is None or order.state not in LIVE:
        return None
    clocks = {Clock.PACKAGED: order.packaged_at}
    return policy.ending(Subject.LEFTOVER_PHOTO, clocks, [product or None for product in order.products]).at


def products_of(named: Iterable[str]) -> list[str]:
    """As an order keeps them: none if no item has one."""
    products = sorted(set(named))
    return products if products != [""] else []


def _subject(order: Order) -> Subject:
    if order.state == OrderState.CANCELLED:
        return Subject.CANCELLED_ORDER
    if order.packaged_at is not None:
        return Subject.PACKAGED_ORDER
    return Subject.PAID_ORDER if order.paid_at is not None else Subject.UNPAID_ORDER


def first_look(order: Order, policy: RetentionPolicy) -> datetime:
    """When a placed order is due first. One of a visit by when that is over, should nobody have told."""
    return order.placed_at + VISIT_LOOK if order.customer is None else ending(order, policy).due_at


def next_step(order: Order, policy: RetentionPolicy, now: datetime) -> tuple[Step, datetime | None]:
    """What is to be done with a due order, and for RE_DATE when to look again."""
    if order.state not in LIVE:
        return Step.RELEASE, None
    end = ending(order, policy)
    if end.due_at > now:
        return Step.RE_DATE, end.due_at
    return (Step.KEEP_FACTS if end.rule.then == Action.KEEP_FACTS else Step.PURGE), None


def may_be_taking(order: Order) -> bool:
    """Nobody knows whether the process that was placing it is dead: it may hold photos after they were let go."""
    never_moved = order.state == OrderState.DELETING and order.revision == 0
    return never_moved and order.let_go_at is None
