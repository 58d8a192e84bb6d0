"""Orders of a visit that was claimed are its customer's. Those of one that ended stay: the shop still has to produce
them."""

from datetime import datetime

from imagestore.common import table
from imagestore.common.batches import in_parallel
from projects import file_holds
from projects.file_holds import SessionState, UploadSession
from projects.operations import purchases
from projects.orders import keys, rules
from projects.orders.models import OrderRow, given_to
from projects.orders.records import Order, OrderState

PAGE = 100


def settle_visit(*, shop: str, session: str, now: datetime) -> int:
    """All orders of a visit; answers how many it handed over."""
    owner = f"session:{session}"
    visit = file_holds.visit_of_owner(shop, owner)
    if visit is None or visit.state != SessionState.CLAIMED:
        return 0
    changed, start = 0, None
    while True:
        page = table.query_index("by_owner", keys.orders_of_owner(shop, owner), limit=PAGE, start=start)
        orders = table.batch_get(OrderRow, [entry.key for entry in page.items], Order, consistent=True)
        changed += sum(in_parallel(lambda order: hand_over(order, visit), list(orders.values())))
        start = page.next
        if start is None:
            return changed


def hand_over(order: Order, visit: UploadSession) -> bool:
    """Its photos are held all the while, whoever owns them. What was paid is the customer's purchase before it is: a
    repeat would not find the order any more."""
    if order.paid_at:
        purchases.note(shop=order.shop, owner=visit.owner, at=order.paid_at)
    condition = OrderRow.owner == f"session:{visit.id}"
    condition &= OrderRow.state.is_in(OrderState.PLACING, *rules.LIVE)
    return table.update(OrderRow, keys.order_row(order.id), given_to(visit.owner, order), condition, Order).won
