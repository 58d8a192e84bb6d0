"""What a shop's rules say of a customer's projects, some of which may count from the customer's last purchase.

Only where they do is it read: other shops pay nothing for it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from imagestore.common import table
from imagestore.common.retention import Clock, RetentionPolicy, Subject
from imagestore.holds.queries import is_customer
from imagestore.identity import queries as shops
from projects import keys
from projects.models import LastPurchaseRow
from projects.records import Head, LastPurchase, ProjectState


def policy_for(shop: str, owner: str) -> RetentionPolicy:
    """Of one owner's projects: one read at most, none for a visit. Raises ShopNotFound."""
    policy = shops.known_shop(shop).policy
    return policy.for_customer(last_purchase(shop, owner)) if asks_for_purchases(policy, owner) else policy


def asks_for_purchases(policy: RetentionPolicy, owner: str) -> bool:
    """Whether it matters to the owner's projects when something was bought last."""
    return is_customer(owner) and policy.heeds(Subject.DRAFT_PROJECT, Clock.LAST_PURCHASE)


def last_purchase(shop: str, owner: str) -> datetime | None:
    row = table.get(LastPurchaseRow, keys.last_purchase_row(shop, owner), LastPurchase, consistent=True)
    return row.last_purchase_at if row else None


class Policies:
    """Of the projects of a slice: one batch read per 100 customers, when a rule first asks for a purchase."""

    def __init__(self, heads: Iterable[Head]) -> None:
        self._owners = {(head.shop, head.owner) for head in heads if head.state == ProjectState.ACTIVE}

    def of(self, head: Head) -> RetentionPolicy:
        """Raises ShopNotFound."""
        policy = shops.known_shop(head.shop).policy
        if head.state != ProjectState.ACTIVE or not asks_for_purchases(policy, head.owner):
            return policy
        return policy.for_customer(self._last_purchases.get((head.shop, head.owner)))

    @cached_property
    def _last_purchases(self) -> Mapping[tuple[str, str], datetime]:
        asking = {shop.id: shop.policy for shop in map(shops.shop, {shop for shop, _ in self._owners}) if shop}
        wanted = {
            keys.last_purchase_row(shop, owner): (shop, owner)
            for shop, owner in self._owners
            if shop in asking and asks_for_purchases(asking[shop], owner)
        }
        rows = table.batch_get(LastPurchaseRow, wanted, LastPurchase, consistent=True)
        return {wanted[key]: row.last_purchase_at for key, row in rows.items()}
