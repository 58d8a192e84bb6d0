"""Projects, cart items and orders of some customers, dated anew by today's policy of their shop."""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common.contracts import SliceReport
from imagestore.common.redating import Redated
from imagestore.identity import queries as shops
from projects.carts.operations import redating as carts
from projects.operations import redating as projects
from projects.orders.operations import redating as orders


def redate_slice(*, shop: str, customers: Sequence[str], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent. `dry_run`: says what would change."""
    found, by = Redated(), shops.stored_shop(shop)
    found.report.decided_by(by)
    for customer in customers:
        for redate_owner in (projects.redate_owner, carts.redate_owner, orders.redate_owner):
            redate_owner(
                shop=shop, owner=f"customer:{customer}", policy=by.policy, found=found, dry_run=dry_run, now=now
            )
    return found.report
