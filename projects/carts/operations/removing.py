"""Cart items that end: taken out by their owner, or because nobody touched them for the policy's time."""

from datetime import datetime

from imagestore.common import transaction
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost
from projects.carts import queries
from projects.carts.errors import CartItemBusy
from projects.carts.operations import lines
from projects.carts.operations.releasing import ask_to_release
from projects.carts.records import CartItem

TRIES = 8


def remove(*, id: str, owner: str, principal: Principal, now: datetime) -> None:
    """Raises CartItemNotFound, CartItemBusy."""
    for _ in range(TRIES):
        item = queries.item_of(principal, owner, id)
        if end(item, now):
            ask_to_release(item.pin)
            return
    raise CartItemBusy("The cart item is being changed by too many at once; try again.")


def end(item: CartItem, now: datetime) -> bool:
    """False when it was put again, touched or handed over since it was read."""
    try:
        transaction.commit([lines.ends(item), lines.unpinned(item, now)])
    except TransactionLost:
        return False
    return True
