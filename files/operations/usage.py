"""What all customers of a shop use together: summed by a task, checked from a copy that is a minute old.

Nothing is counted on a row of the shop: every upload of every customer would write it. Only a shop with a limit is
summed, when somebody registers and the last sum is old.
"""

from datetime import datetime, timedelta

from django.core.cache import cache

from files import keys
from files.errors import ShopQuotaExceeded
from files.models import ShopUsageRow
from files.queries import leaf_of_owners
from files.records import ShopUsage, Usage
from imagestore.common import table, tasks
from imagestore.common.browse import Window
from imagestore.common.contracts import SUM_SHOP
from imagestore.identity.records import Shop

CACHED_FOR = 60
SUM_EVERY = timedelta(minutes=15)
PAGE, PAGES_PER_TASK = 100, 100


def check_shop(shop: Shop, asked: Usage, now: datetime) -> None:
    """Costs nothing without a limit, else one read a minute and process. Raises ShopQuotaExceeded."""
    limit = shop.shop_byte_quota
    if limit is None:
        return
    used = _recent(shop.id, now)
    if used.used_bytes + asked.used_bytes > limit:
        raise ShopQuotaExceeded(
            f"{asked.used_bytes} bytes do not fit into what all customers of the shop may store together.",
            "files",
            limit={"bytes": limit},
            used={"files": used.used_files, "bytes": used.used_bytes},
            asked={"files": asked.used_files, "bytes": asked.used_bytes},
        )


def sum_shop(*, shop: str, after: str, so_far: Usage, now: datetime) -> ShopUsage | None:
    """Goes on after a customer with what was summed `so_far`; None when the rest follows as another task.

    A customer's row is read once for each sum; visits that nobody claimed yet are in none.
    """
    files, size = so_far.used_files, so_far.used_bytes
    for _ in range(PAGES_PER_TASK):
        leaf = leaf_of_owners(Window(limit=PAGE, after=after), shop=shop)
        files += sum(owner.used_files for owner in leaf.items)
        size += sum(owner.used_bytes for owner in leaf.items)
        if not leaf.more_after:
            return _note(shop, Usage(files, size), now)
        after = leaf.last
    tasks.send(SUM_SHOP, shop=shop, after=after, files=files, size=size)
    return None


def _note(shop: str, sum: Usage, now: datetime) -> ShopUsage | None:
    actions = [
        ShopUsageRow.used_files.set(sum.used_files),
        ShopUsageRow.used_bytes.set(sum.used_bytes),
        ShopUsageRow.summed_at.set(now),
    ]
    older = ShopUsageRow.summed_at.does_not_exist() | (ShopUsageRow.summed_at <= now)
    return table.update(ShopUsageRow, keys.shop_usage(shop), actions, older, ShopUsage).row


def _recent(shop: str, now: datetime) -> ShopUsage:
    kept: ShopUsage | None = cache.get(f"shop-usage:{shop}")
    if kept is None:
        kept = table.get(ShopUsageRow, keys.shop_usage(shop), ShopUsage) or ShopUsage()
        cache.set(f"shop-usage:{shop}", kept, CACHED_FOR)
        if kept.summed_at is None or now - kept.summed_at >= SUM_EVERY:
            _ask_for_sum(shop, now)
    return kept


def _ask_for_sum(shop: str, now: datetime) -> None:
    """Of all processes that find the sum old, one asks for a new one."""
    asked = ShopUsageRow.asked_at
    nobody = asked.does_not_exist() | (asked <= now - SUM_EVERY)
    if table.update(ShopUsageRow, keys.shop_usage(shop), [asked.set(now)], nobody, ShopUsage).won:
        tasks.send(SUM_SHOP, shop=shop, after="", files=0, size=0)
