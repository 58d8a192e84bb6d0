"""Which pin a line of a cart has: each move is one transaction, in which the pin that it had is marked `deleting`."""

from datetime import datetime

from imagestore.common import transaction
from imagestore.common.transaction import Write
from imagestore.identity import queries as shops
from projects.carts import keys, rules
from projects.carts.models import CartItemRow, PinRow, as_found, deleting, new_item, put_again
from projects.carts.records import CartItem, PinState


def gets(item: CartItem, found: CartItem | None, now: datetime) -> list[Write]:
    """The line becomes `item`. `found`: what stands there, refused when that changed."""
    policy = shops.known_shop(item.shop).policy
    if found is None:
        return [transaction.put(new_item(item, rules.first_look(item, policy), now))]
    key = keys.item_row(item.shop, item.owner, item.id)
    return [transaction.update(CartItemRow, key, put_again(item), as_found(found)), unpinned(found, now)]


def ends(item: CartItem) -> Write:
    """Refused when the line was put again or touched."""
    return transaction.delete(CartItemRow, keys.item_row(item.shop, item.owner, item.id), as_found(item))


def unpinned(item: CartItem, now: datetime) -> Write:
    """Its pin is due at once. Only a pin that an item has is ever placed, so that it is marked once."""
    actions = deleting(item.pin, item.shop, due_at=now, now=now)
    return transaction.update(PinRow, keys.pin_row(item.pin), actions, PinRow.state == PinState.PLACED)
