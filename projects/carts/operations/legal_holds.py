"""Legal holds on what customers have in their carts: the mark is on the pin, which keeps the copy and the photos.

A line that its customer takes out of the cart goes from there; its pin stays until the hold is released.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition

from imagestore.common import table
from imagestore.common.rows import Key
from imagestore.common.table import IndexEntry
from imagestore.common.transaction import Write
from imagestore.holds.operations.marking import Marked
from imagestore.holds.records import Hold
from projects.carts import keys
from projects.carts.models import CartItemRow, PinRow
from projects.carts.records import CartItem, Pin, PinState
from projects.operations.legal_holds import mark_writes


def _placed() -> Condition:
    condition: Condition = PinRow.state == PinState.PLACED
    return condition


def _listed(shop: str, owner: str, low: str, high: str) -> Iterator[IndexEntry]:
    """Pins of the items in the cart, which has few: all are read for each part."""
    start = None
    while True:
        page = table.query(CartItemRow, keys.cart_of(shop, owner), CartItem, keys.ITEMS, start=start, consistent=True)
        yield from (IndexEntry(keys.pin_row(item.pin), item.id) for item in page.items if low <= item.id <= high)
        start = page.next
        if start is None:
            return


def _writes(hold: Hold, row_keys: Sequence[Key], now: datetime) -> list[Write]:
    pins = table.batch_get(PinRow, row_keys, Pin, consistent=True)
    found = {key: pin.held_by for key, pin in pins.items() if pin.state == PinState.PLACED}
    return mark_writes(PinRow, hold, found, _placed())


CARTS = Marked("cart", _listed, keys.pin_row, _writes)
