"""What a shop's rules say of a customer's things, some of which may count from the customer's last purchase.

Only where they do is it read: other shops pay nothing for it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from imagestore.common import table
from imagestore.common.principal import is_customer
from imagestore.common.retention import Clock, RetentionPolicy, Subject
from imagestore.identity import queries as shops
from imagestore.purchases import keys
from imagestore.purchases.models import LastPurchaseRow
from imagestore.purchases.records import LastPurchase, Thing

Owner = tuple[str, str]
"""A shop, and an owner there."""


def asks(policy: RetentionPolicy, owner: str, *subjects: Subject) -> bool:
    """Whether it matters to the owner's things, when they are one of these, when something was bought last."""
    return is_customer(owner) and any(policy.heeds(subject, Clock.LAST_PURCHASE) for subject in subjects)


def policy_for(thing: Thing) -> RetentionPolicy:
    """One read at most, none for what is a visit's. Raises ShopNotFound."""
    shop, owner, subject = thing
    policy = shops.known_shop(shop).policy
    return policy.for_customer(last_purchase(shop, owner)) if asks(policy, owner, subject) else policy


def last_purchase(shop: str, owner: str) -> datetime | None:
    row = table.get(LastPurchaseRow, keys.last_purchase_row(shop, owner), LastPurchase, consistent=True)
    return row.last_purchase_at if row else None


def last_purchases(owners: Iterable[Owner]) -> Mapping[Owner, datetime]:
    """Of those who bought anything: one batch read per 100, none for none."""
    wanted = {keys.last_purchase_row(*owner): owner for owner in owners}
    rows = table.batch_get(LastPurchaseRow, wanted, LastPurchase, consistent=True)
    return {wanted[key]: row.last_purchase_at for key, row in rows.items()}


class Policies:
    """Of the things of a slice: one batch read per 100 customers, when a rule first asks for a purchase."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self._things = frozenset(things)

    def of(self, thing: Thing) -> RetentionPolicy:
        """Of one of them. Raises ShopNotFound."""
        shop, owner, subject = thing
        policy = shops.known_shop(shop).policy
        return policy.for_customer(self._bought.get((shop, owner))) if asks(policy, owner, subject) else policy

    @cached_property
    def _bought(self) -> Mapping[Owner, datetime]:
        named = map(shops.shop, {thing.shop for thing in self._things})
        asking = {shop.id: shop.policy for shop in named if shop}
        return last_purchases(
            (shop, owner)
            for shop, owner, subject in self._things
            if shop in asking and asks(asking[shop], owner, subject)
        )
