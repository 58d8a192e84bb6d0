"""Reading shops and staff. Shops and origins are remembered for 60 s in the process, missing ones for 5 s."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from imagestore.common import browse, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.table import Page
from imagestore.identity import keys
from imagestore.identity.errors import ShopNotFound
from imagestore.identity.models import OriginRow, ShopRow, StaffRow
from imagestore.identity.recent import Recent
from imagestore.identity.records import OriginShops, Shop, StaffMember
from imagestore.identity.rules import LONGEST_ORIGIN, SHOP_ID, STAFF_NAME

R = TypeVar("R")


def shop(shop_id: str) -> Shop | None:
    """As it was at most 60 s ago."""
    return _shops.get(shop_id) if SHOP_ID.fullmatch(shop_id) else None


def known_shop(shop_id: str) -> Shop:
    """As it was at most 60 s ago; raises ShopNotFound."""
    found = shop(shop_id)
    if found is None:
        raise ShopNotFound(f"There is no shop {shop_id}.", field="shop")
    return found


def stored_shop(shop_id: str) -> Shop:
    """As it is now; raises ShopNotFound."""
    found = table.get(ShopRow, keys.shop(shop_id), Shop, consistent=True)
    if found is None:
        raise ShopNotFound(f"There is no shop {shop_id}.", field="shop")
    return found


def seen_by_staff(shop_id: str) -> Shop | None:
    """As it is now."""
    return table.get(ShopRow, keys.shop(shop_id), Shop, consistent=True) if SHOP_ID.fullmatch(shop_id) else None


def shops(*, limit: int = 100, start: dict[str, str] | None = None) -> Page[Shop]:
    """All shops by id."""
    found = table.query_index("by_attention", keys.SHOPS, limit=limit, start=start)
    rows = table.batch_get(ShopRow, (entry.key for entry in found.items), Shop)
    return Page([rows[entry.key] for entry in found.items if entry.key in rows], found.next)


def all_shops() -> Iterator[Shop]:
    """By id. One query and one batch read for 100."""
    return _all(lambda start: shops(start=start))


def shop_ids() -> list[str]:
    """Of the first 1000 shops."""
    return [entry.sort for entry in table.query_index("by_attention", keys.SHOPS, limit=1000).items]


def leaf_of_shops(window: Window) -> Leaf[Shop]:
    """By id."""
    return browse.leaf(ShopRow, Shop, "by_attention", [keys.SHOPS], window, descending=False)


def shops_of_origin(origin: str) -> frozenset[str]:
    """Ids of the shops that registered a web origin."""
    found = _origins.get(origin) if len(origin) <= LONGEST_ORIGIN else None
    return found.shops if found else frozenset()


def staff_member(name: str) -> StaffMember | None:
    return table.get(StaffRow, keys.staff(name), StaffMember, consistent=True) if STAFF_NAME.fullmatch(name) else None


def staff(*, limit: int = 100, start: dict[str, str] | None = None) -> Page[StaffMember]:
    """All staff members by name."""
    found = table.query_index("by_attention", keys.STAFF, limit=limit, start=start)
    rows = table.batch_get(StaffRow, (entry.key for entry in found.items), StaffMember)
    return Page([rows[entry.key] for entry in found.items if entry.key in rows], found.next)


def all_staff() -> Iterator[StaffMember]:
    return _all(lambda start: staff(start=start))


def leaf_of_staff(window: Window) -> Leaf[StaffMember]:
    """By name."""
    return browse.leaf(StaffRow, StaffMember, "by_attention", [keys.STAFF], window, descending=False)


def forget() -> None:
    """Forgets what is remembered: after a change made here, and between tests."""
    _shops.forget()
    _origins.forget()


def _all(page_from: Callable[[dict[str, str] | None], Page[R]]) -> Iterator[R]:
    start: dict[str, str] | None = None
    while True:
        page = page_from(start)
        yield from page.items
        start = page.next
        if start is None:
            return


def _load_shop(shop_id: str) -> Shop | None:
    return table.get(ShopRow, keys.shop(shop_id), Shop, consistent=True)


def _load_origin(origin: str) -> OriginShops | None:
    found = table.get(OriginRow, keys.origin(origin), OriginShops, consistent=True)
    return found if found and found.shops else None


_shops = Recent(_load_shop)
_origins = Recent(_load_origin)
