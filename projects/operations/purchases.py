"""When a customer bought last, for rules that keep projects from then on.

It is noted of every payment, whatever the rules of the shop are at that moment: later ones may ask for it. What is
dated already is put off when the sweep comes to it.
"""

from datetime import datetime

from imagestore.common import table
from imagestore.holds.queries import is_customer
from projects import file_holds, keys
from projects.models import LastPurchaseRow, not_since
from projects.records import LastPurchase


def note(*, shop: str, owner: str, at: datetime) -> None:
    """An earlier one than is known changes nothing, nor does a repeat. A guest's is noted when the visit is claimed."""
    visit = file_holds.visit_of_owner(shop, owner)
    customer = visit.owner if visit else owner
    if is_customer(customer):
        bought = [LastPurchaseRow.last_purchase_at.set(at)]
        table.update(LastPurchaseRow, keys.last_purchase_row(shop, customer), bought, not_since(at), LastPurchase)


def forget(*, shop: str, owner: str, before: datetime | None) -> None:
    """`before`: only if it was before that moment."""
    earlier = LastPurchaseRow.last_purchase_at < before if before else None
    table.delete(LastPurchaseRow, keys.last_purchase_row(shop, owner), earlier)
