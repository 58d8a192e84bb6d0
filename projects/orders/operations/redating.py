"""A shop's policy was changed: its customers' orders are dated anew."""

from datetime import datetime

from imagestore.common import browse, due, table
from imagestore.common.redating import Redated, changes
from imagestore.common.retention import RetentionPolicy
from projects.orders import keys, rules
from projects.orders.models import OrderRow, looked_at
from projects.orders.operations import leftovers
from projects.orders.records import Order


def redate_owner(
    *, shop: str, owner: str, policy: RetentionPolicy, found: Redated, dry_run: bool, now: datetime
) -> None:
    """Idempotent: what is dated as it should be is left."""
    for orders in browse.every(OrderRow, Order, "by_owner", keys.orders_of_owner(shop, owner)):
        for order in orders:
            if order.owner != owner or order.state not in rules.LIVE:
                continue
            dated, until = due.dated_to(order.due_sort), rules.ending(order, policy).due_at
            found.met(order.id, dated, until, now)
            if not dry_run and changes(dated, until):
                actions = looked_at(max(until, now), now=now, order=order)
                table.update(OrderRow, keys.order_row(order.id), actions, OrderRow.due_sort == order.due_sort, Order)
            if not dry_run:
                leftovers.note(order, policy, now)
