"""The row of a customer's last purchase."""

from datetime import datetime

from pynamodb.expressions.condition import Condition

from imagestore.common.rows import InstantAttribute, Item


class LastPurchaseRow(Item):
    """Beside all orders: those may be gone before what it keeps. It only moves forward."""

    last_purchase_at = InstantAttribute()


def not_since(at: datetime) -> Condition:
    """Nothing was bought then or later, as far as anybody noted."""
    condition: Condition = LastPurchaseRow.pk.does_not_exist() | (LastPurchaseRow.last_purchase_at < at)
    return condition
