"""A customer's last purchase is noted of every payment, whatever the rules of the shop are at that moment: later ones
may ask for it. What is dated already is put off when the sweep comes to it."""

from datetime import datetime

from imagestore.common import table
from imagestore.common.principal import is_customer
from imagestore.purchases import keys
from imagestore.purchases.models import LastPurchaseRow, not_since
from imagestore.purchases.records import LastPurchase


def note(*, shop: str, owner: str, at: datetime) -> None:
    """An earlier one than is known changes nothing, nor does a repeat. Of a visit nothing is noted."""
    if is_customer(owner):
        bought = [LastPurchaseRow.last_purchase_at.set(at)]
        table.update(LastPurchaseRow, keys.last_purchase_row(shop, owner), bought, not_since(at), LastPurchase)


def forget(*, shop: str, owner: str, before: datetime | None) -> None:
    """`before`: only if it was before that moment."""
    earlier = LastPurchaseRow.last_purchase_at < before if before else None
    table.delete(LastPurchaseRow, keys.last_purchase_row(shop, owner), earlier)
