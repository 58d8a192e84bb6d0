"""Legal holds on orders: the mark is on the order's row, from which its purge is decided."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from imagestore.common import table
from imagestore.common.rows import Key
from imagestore.common.table import IndexEntry
from imagestore.common.transaction import Write
from imagestore.holds import operations as holds
from imagestore.holds.operations.marking import Marked, listed
from imagestore.holds.records import Hold
from projects.operations.legal_holds import mark_writes, marked
from projects.orders import keys, queries, rules
from projects.orders.models import OrderRow
from projects.orders.records import Order


def hold_order(*, id: str, **deed: Any) -> Hold:
    """With snapshot, photos and packages. `deed`: as `holds.place_on` takes it. Raises RoleMissing, SubjectUnknown."""

    def marks(hold: Hold) -> list[Write]:
        return [marked(OrderRow, keys.order_row(id), hold, _live())]

    return holds.place_on(queries.seen_by_staff(id), f"order:{id}", marks, **deed)


def _live() -> Condition:
    condition: Condition = OrderRow.state.is_in(*rules.LIVE)
    return condition


def _listed(shop: str, owner: str, low: str, high: str) -> Iterator[IndexEntry]:
    return listed(keys.orders_of_owner(shop, owner), low, high)


def _writes(hold: Hold, row_keys: Sequence[Key], now: datetime) -> list[Write]:
    orders = table.batch_get(OrderRow, row_keys, Order, consistent=True)
    found = {key: order.held_by for key, order in orders.items() if order.state in rules.LIVE}
    return mark_writes(OrderRow, hold, found, _live())


ORDERS = Marked("order", _listed, keys.order_row, _writes)
