"""What all customers of a shop use together, as last summed: by the files, which count, for whoever weighs against it.

Nothing is counted on a row of the shop: every upload of every customer would write it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute

from imagestore.common import table, tasks
from imagestore.common.contracts import SUM_SHOP
from imagestore.common.rows import InstantAttribute, Item, Key

SUM_EVERY = timedelta(minutes=15)


class ShopUsageRow(Item):
    """The sum over a shop's customers. `asked_at`: when the sum was last asked for."""

    used_files = NumberAttribute(null=True)
    used_bytes = NumberAttribute(null=True)
    summed_at = InstantAttribute(null=True)
    asked_at = InstantAttribute(null=True)


@dataclass(frozen=True, slots=True)
class ShopUsage:
    """Files and bytes, as summed at `summed_at`; visits that nobody claimed are in no sum."""

    used_files: int = 0
    used_bytes: int = 0
    summed_at: datetime | None = None


def key(shop: str) -> Key:
    return Key(f"SHOPUSAGE#{shop}", "SHOPUSAGE")


def known(shop: str) -> ShopUsage:
    return table.get(ShopUsageRow, key(shop), ShopUsage) or ShopUsage()


def is_old(usage: ShopUsage, now: datetime) -> bool:
    return usage.summed_at is None or now - usage.summed_at >= SUM_EVERY


def note(shop: str, *, files: int, size: int, now: datetime) -> ShopUsage | None:
    """A sum; one of before does not replace it."""
    actions = [
        ShopUsageRow.used_files.set(files),
        ShopUsageRow.used_bytes.set(size),
        ShopUsageRow.summed_at.set(now),
    ]
    older = ShopUsageRow.summed_at.does_not_exist() | (ShopUsageRow.summed_at <= now)
    return table.update(ShopUsageRow, key(shop), actions, older, ShopUsage).row


def ask_for_sum(shop: str, now: datetime) -> None:
    """Of all processes that find the sum old, one asks for a new one."""
    asked = ShopUsageRow.asked_at
    nobody = asked.does_not_exist() | (asked <= now - SUM_EVERY)
    if table.update(ShopUsageRow, key(shop), [asked.set(now)], nobody, ShopUsage).won:
        tasks.send(SUM_SHOP, shop=shop, after="", files=0, size=0)
