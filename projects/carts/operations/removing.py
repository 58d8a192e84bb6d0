"""Cart items that end: taken out by their owner, with their owner, or because nobody touched them for the policy's
time."""

from collections.abc import Collection
from datetime import datetime

from imagestore.common import table, transaction
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost
from projects.carts import keys, queries
from projects.carts.errors import CartItemBusy
from projects.carts.models import CartItemRow
from projects.carts.operations import lines, releasing
from projects.carts.operations.releasing import ask_to_release
from projects.carts.records import CartItem, PinState

TRIES = 8


def remove(*, id: str, owner: str, principal: Principal, now: datetime) -> None:
    """Raises CartItemNotFound, CartItemBusy."""
    for _ in range(TRIES):
        item = queries.item_of(principal, owner, id)
        if end(item, now):
            ask_to_release(item.pin)
            return
    raise CartItemBusy("The cart item is being changed by too many at once; try again.")


def end_at_once(item: CartItem, now: datetime) -> bool:
    """Its photos are let go here and now. False when it was changed since it was read."""
    ended = end(item, now)
    if ended and (pin := queries.pin(item.pin)):
        releasing.let_go(pin, queries.copy_of(pin.id), now)
    return ended


def erase_owner(*, shop: str, owner: str, now: datetime, found: Collection[str]) -> dict[str, int]:
    """Those cart items of a customer or visit that have one of the pins; one that is put at that moment is left."""
    ended, start = 0, None
    while True:
        page = table.query(CartItemRow, keys.cart_of(shop, owner), CartItem, keys.ITEMS, start=start, consistent=True)
        ended += sum(end_at_once(item, now) for item in page.items if item.pin in found)
        start = page.next
        if start is None:
            break
    for pin in filter(None, map(queries.pin, found)):
        # One whose item was ended by a try that was interrupted then.
        if pin.state == PinState.DELETING:
            releasing.let_go(pin, queries.copy_of(pin.id), now)
    return {"cart items": ended}


def end(item: CartItem, now: datetime) -> bool:
    """False when it was put again, touched or handed over since it was read."""
    try:
        transaction.commit([lines.ends(item), lines.unpinned(item, now)])
    except TransactionLost:
        return False
    return True
