"""Rows of identity, and the writes that make and change them."""

import dataclasses
from collections.abc import Iterable

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from imagestore.common import transaction
from imagestore.common.rows import InstantAttribute, Item
from imagestore.common.transaction import Write
from imagestore.identity import keys
from imagestore.identity.records import Shop


class ShopRow(Item):
    """`revision` counts changes, so that two changes at once cannot lose one."""

    id = UnicodeAttribute()
    name = UnicodeAttribute()
    created_at = InstantAttribute()
    revision = NumberAttribute()
    file_quota = NumberAttribute()
    byte_quota = NumberAttribute()
    demo = BooleanAttribute()
    keys = JSONAttribute()
    rules = JSONAttribute()
    allowed_origins = UnicodeSetAttribute(null=True)
    shop_byte_quota = NumberAttribute(null=True)
    keep_gps = BooleanAttribute(null=True)
    least_dpi = NumberAttribute(null=True)


class OriginRow(Item):
    shops = UnicodeSetAttribute(null=True)


class StaffRow(Item):
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    password = UnicodeAttribute()
    active = BooleanAttribute()
    created_at = InstantAttribute()
    sign_outs = NumberAttribute(null=True)
    totp = UnicodeAttribute(null=True)
    totp_step = NumberAttribute(null=True)


def shop_put(shop: Shop) -> Write:
    fields = {field.name: getattr(shop, field.name) for field in dataclasses.fields(shop)}
    fields["allowed_origins"] = shop.allowed_origins or None
    row = ShopRow(*keys.shop(shop.id), attention_key=keys.SHOPS, attention_sort=shop.id, **fields)
    return transaction.put(row)


def shop_update(before: Shop, after: Shop) -> Write:
    """Keys, retention rules, origins, quotas and the print limit, if nobody changed the shop since `before`."""
    origins, whole = set(after.allowed_origins), after.shop_byte_quota
    actions = [
        ShopRow.revision.set(after.revision),
        ShopRow.keys.set(after.keys),
        ShopRow.rules.set(after.rules),
        ShopRow.file_quota.set(after.file_quota),
        ShopRow.byte_quota.set(after.byte_quota),
        ShopRow.least_dpi.set(after.least_dpi),
        ShopRow.shop_byte_quota.remove() if whole is None else ShopRow.shop_byte_quota.set(whole),
        ShopRow.allowed_origins.set(origins) if origins else ShopRow.allowed_origins.remove(),
    ]
    return transaction.update(ShopRow, keys.shop(after.id), actions, ShopRow.revision == before.revision)


def origin_changes(shop_id: str, added: Iterable[str], removed: Iterable[str] = ()) -> list[Write]:
    joining, leaving = OriginRow.shops.add({shop_id}), OriginRow.shops.delete({shop_id})
    return [
        transaction.update(OriginRow, keys.origin(origin), [action], None)
        for action, origins in ((joining, added), (leaving, removed))
        for origin in origins
    ]
