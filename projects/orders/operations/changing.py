"""One conditional change of an order, together with what joins it."""

from collections.abc import Sequence

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import table, transaction
from imagestore.common.transaction import TransactionLost, Write
from projects.orders import keys
from projects.orders.models import OrderRow
from projects.orders.records import Order


def changed(after: Order, actions: Sequence[Action], condition: Condition, joining: Sequence[Write] = ()) -> bool:
    """False when the order refused: look again. One update, or one transaction when something joins.

    The client sends an update again whose answer was lost, and is then refused by its own first success: the row tells.
    Raises TransactionLost when only what joins refused.
    """
    key = keys.order_row(after.id)
    if not joining:
        won, row = table.update(OrderRow, key, actions, condition, Order)
        return won or (row is not None and _is(row, after))
    try:
        transaction.commit([transaction.update(OrderRow, key, actions, condition), *joining])
    except TransactionLost as lost:
        if 0 not in lost.failed:
            raise
        return False
    return True


def _is(row: Order, after: Order) -> bool:
    return (row.state, row.revision, row.steps) == (after.state, after.revision, after.steps)
