"""Projects, cart items and orders of some customers, dated anew by today's policy of their shop."""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common.contracts import SliceReport
from imagestore.common.redating import Redated
from imagestore.common.retention import RetentionPolicy, Subject
from imagestore.identity import queries as shops
from imagestore.purchases import operations as noting
from imagestore.purchases import queries as purchases
from projects.carts.operations import redating as carts
from projects.operations import redating as projects
from projects.orders.operations import redating as orders
from projects.orders.queries import last_payment


def redate_slice(*, shop: str, customers: Sequence[str], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent. `dry_run`: says what would change."""
    found, by = Redated(), shops.stored_shop(shop)
    found.report.decided_by(by)
    for customer in customers:
        owner = f"customer:{customer}"
        policy = _for_customer(by.policy, shop, owner)
        for redate_owner in (projects.redate_owner, carts.redate_owner, orders.redate_owner):
            redate_owner(shop=shop, owner=owner, policy=policy, found=found, dry_run=dry_run, now=now)
    return found.report


def _for_customer(policy: RetentionPolicy, shop: str, owner: str) -> RetentionPolicy:
    """Where any rule asks for it, with the last purchase. The orders tell of those that nobody noted, of before any
    were: they are noted now, also by a survey, so that whoever dates the customer's photos after it knows them.
    """
    if not purchases.asks(policy, owner, *Subject):
        return policy
    noted = purchases.last_purchase(shop, owner)
    last = max(filter(None, (noted, last_payment(shop, owner))), default=None)
    if last and last != noted:
        noting.note(shop=shop, owner=owner, at=last)
    return policy.for_customer(last)
