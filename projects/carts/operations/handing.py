"""Cart items of a visit that is over: the customer's who claimed it, or taken out.

The visit's own row decides, as it does for files and projects. Each step is conditional on the item being as it was
found, so that repeats change nothing.
"""

from dataclasses import replace
from datetime import datetime

from imagestore.common import table, transaction
from imagestore.common.batches import in_parallel
from imagestore.common.transaction import TransactionLost
from projects import file_holds
from projects.carts import keys, queries
from projects.carts.models import CartItemRow
from projects.carts.operations import lines, removing
from projects.carts.operations.releasing import ask_to_release
from projects.carts.records import CartItem
from projects.file_holds import SessionState, UploadSession

PAGE, TRIES = 100, 3


def settle_visit(*, shop: str, session: str, now: datetime) -> int:
    """All cart items of a visit; answers how many it changed. A visit that is open is left alone."""
    owner = f"session:{session}"
    visit = file_holds.visit_of_owner(shop, owner)
    if visit is None or visit.state == SessionState.OPEN:
        return 0
    changed, start = 0, None
    while True:
        page = table.query(
            CartItemRow, keys.cart_of(shop, owner), CartItem, keys.ITEMS, limit=PAGE, start=start, consistent=True
        )
        changed += sum(in_parallel(lambda item: _settle(item, visit, now), page.items))
        start = page.next
        if start is None:
            return changed


def _settle(item: CartItem, visit: UploadSession, now: datetime) -> bool:
    return hand_over(item, visit, now) if visit.state == SessionState.CLAIMED else removing.end(item, now)


def hand_over(item: CartItem, visit: UploadSession, now: datetime) -> bool:
    """To the customer who claimed the visit. Of two items with one id the one that was put last stays."""
    for _ in range(TRIES):
        theirs = queries.find_item(item.shop, visit.owner, item.id)
        stays = theirs is None or theirs.put_at <= item.put_at
        writes = lines.gets(replace(item, owner=visit.owner), theirs, now) if stays else [lines.unpinned(item, now)]
        try:
            transaction.commit([lines.ends(item), *writes])
        except TransactionLost as lost:
            if 0 in lost.failed:
                return False
        else:
            if theirs:
                ask_to_release(theirs.pin if stays else item.pin)
            return True
    return False
