"""What a customer bought last is noted of every payment."""

from datetime import datetime

from imagestore.purchases import operations as purchases
from projects import file_holds


def note(*, shop: str, owner: str, at: datetime) -> None:
    """An earlier one than is known changes nothing, nor does a repeat. A guest's is noted when the visit is claimed."""
    visit = file_holds.visit_of_owner(shop, owner)
    purchases.note(shop=shop, owner=visit.owner if visit else owner, at=at)
