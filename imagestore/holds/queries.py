"""Everything that only reads legal holds."""

from collections.abc import Collection, Iterable
from functools import cached_property

from imagestore.common import browse, ids, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.principal import is_customer
from imagestore.holds import keys
from imagestore.holds.errors import HoldUnknown
from imagestore.holds.models import HeldRow, HoldRow
from imagestore.holds.records import Held, Hold

Owner = tuple[str, str]
"""A shop, and an owner there."""


def find_hold(id: str) -> Hold | None:
    return table.get(HoldRow, keys.hold_row(id), Hold, consistent=True) if ids.is_id(id) else None


def hold_of(id: str) -> Hold:
    """Raises HoldUnknown."""
    found = find_hold(id)
    if found is None:
        raise HoldUnknown(f"There is no legal hold {id}.")
    return found


class HeldOwners:
    """Those of a slice's owners on whom any hold stands: one batch read per 100, when something first is to go.

    `owner in held`, where an owner that is no customer is in none.
    """

    def __init__(self, owners: Iterable[Owner]) -> None:
        self._wanted = {keys.held_row(*owner): owner for owner in owners if is_customer(owner[1])}

    def __contains__(self, owner: Owner) -> bool:
        return owner in self._held

    @cached_property
    def _held(self) -> frozenset[Owner]:
        rows = table.batch_get(HeldRow, self._wanted, Held, consistent=True)
        return frozenset(self._wanted[key] for key, held in rows.items() if held.holds)


def on_owner(shop: str, owner: str) -> frozenset[str]:
    """One consistent read; none for a visit."""
    held = table.get(HeldRow, keys.held_row(shop, owner), Held, consistent=True) if is_customer(owner) else None
    return held.holds if held else frozenset()


def standing(ids: Collection[str]) -> frozenset[str]:
    """Those of the holds that are not released: one batch read per 100, none for none."""
    rows = table.batch_get(HoldRow, map(keys.hold_row, ids), Hold, consistent=True)
    return frozenset(hold.id for hold in rows.values() if hold.stands)


def leaf_of_shop(window: Window, *, shop: str) -> Leaf[Hold]:
    """Newest first."""
    return browse.leaf(HoldRow, Hold, "by_attention", [keys.holds_of_shop(shop)], window)


def standing_on(shop: str, subject: str) -> list[Hold]:
    """Those on one thing that are not released. It reads all of the shop."""
    return [hold for hold in holds_of_shop(shop) if hold.stands and hold.subject == subject]


def holds_of_shop(shop: str) -> Iterable[Hold]:
    """All, newest first."""
    start = None
    while True:
        page = table.query_index("by_attention", keys.holds_of_shop(shop), descending=True, start=start)
        rows = table.batch_get(HoldRow, [entry.key for entry in page.items], Hold, consistent=True)
        yield from (rows[entry.key] for entry in page.items if entry.key in rows)
        start = page.next
        if start is None:
            return
