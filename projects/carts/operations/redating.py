"""A shop's policy was changed: its customers' cart items are dated anew."""

from datetime import datetime

from imagestore.common import due, table
from imagestore.common.redating import Redated, changes
from imagestore.common.retention import RetentionPolicy
from projects.carts import keys, rules
from projects.carts.models import CartItemRow, looked_at
from projects.carts.records import CartItem

PAGE = 100


def redate_owner(
    *, shop: str, owner: str, policy: RetentionPolicy, found: Redated, dry_run: bool, now: datetime
) -> None:
    """Idempotent: what is dated as it should be is left."""
    start = None
    while True:
        page = table.query(CartItemRow, keys.cart_of(shop, owner), CartItem, keys.ITEMS, limit=PAGE, start=start)
        for item in page.items:
            dated, until = due.dated_to(item.due_sort), rules.ending(item, policy).due_at
            found.met(item.id, dated, until, now)
            if not dry_run and changes(dated, until):
                actions = looked_at(max(until, now), now=now, item=item)
                key = keys.item_row(item.shop, item.owner, item.id)
                table.update(CartItemRow, key, actions, CartItemRow.due_sort == item.due_sort, CartItem)
        start = page.next
        if start is None:
            return
