"""What a shop may call a line of a cart, limits, and what the sweep does with cart items. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from imagestore.common.retention import Clock, Ending, RetentionPolicy, Subject
from projects.carts.records import CartItem, Pin
from projects.rules import VISIT_LOOK

ID = r"[A-Za-z0-9][A-Za-z0-9._~@+|:=-]{0,127}"
"""What a shop may call a line of a cart."""
ID_RULE = "1 to 128 letters, digits or . _ ~ @ + | : = -, the first a letter or digit"
MOST_QUANTITY = 100_000
LONGEST_PRODUCT = 200
PLACED_WITHIN = timedelta(minutes=15)
"""A pin that is still being placed then is taken back."""
LOOKED_AGAIN_AFTER = timedelta(hours=1)
"""A pin that was never placed is taken back once more: whoever was placing it may have held photos until the first."""
TOMBSTONE = timedelta(days=14)


class Step(StrEnum):
    EXPIRE = "expired"
    RE_DATE = "re_dated"
    HAND_OVER = "handed_over"
    RELEASE = "released"
    KEEP = "held"


def ending(item: CartItem, policy: RetentionPolicy) -> Ending:
    clocks = {Clock.CREATED: item.put_at, Clock.ACCESSED: item.touched_at}
    return policy.ending(Subject.CART_ITEM, clocks, (item.product or None,))


def first_look(item: CartItem, policy: RetentionPolicy) -> datetime:
    """When a new item is due first. One of a visit by when that is over, should nobody have told."""
    return item.put_at + VISIT_LOOK if item.of_visit else ending(item, policy).due_at


def next_step(item: CartItem, policy: RetentionPolicy, now: datetime) -> tuple[Step, datetime | None]:
    """What is to be done with a due item of a customer, and for RE_DATE when to look again."""
    until = ending(item, policy).due_at
    return (Step.EXPIRE, None) if until <= now else (Step.RE_DATE, until)


def may_be_taking(pin: Pin) -> bool:
    """Nobody knows whether the process that was placing it is dead: it may hold photos after they were let go."""
    return pin.placed_at is None and pin.let_go_at is None
