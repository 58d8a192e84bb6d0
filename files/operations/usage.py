"""What all customers of a shop use together: summed by a task, checked from a copy that is a minute old.

Nothing is counted on a row of the shop: every upload of every customer would write it. Only a shop with a limit is
summed, when somebody registers and the last sum is old.
"""

from datetime import datetime

from django.core.cache import cache

from files.errors import ShopQuotaExceeded
from files.queries import leaf_of_owners
from files.records import Usage
from imagestore.common import shop_usage, tasks
from imagestore.common.browse import Window
from imagestore.common.contracts import SUM_SHOP
from imagestore.common.shop_usage import ShopUsage
from imagestore.identity.records import Shop

CACHED_FOR = 60
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
            return shop_usage.note(shop, files=files, size=size, now=now)
        after = leaf.last
    tasks.send(SUM_SHOP, shop=shop, after=after, files=files, size=size)
    return None


def _recent(shop: str, now: datetime) -> ShopUsage:
    kept: ShopUsage | None = cache.get(f"shop-usage:{shop}")
    if kept is None:
        kept = shop_usage.known(shop)
        cache.set(f"shop-usage:{shop}", kept, CACHED_FOR)
        if shop_usage.is_old(kept, now):
            shop_usage.ask_for_sum(shop, now)
    return kept
