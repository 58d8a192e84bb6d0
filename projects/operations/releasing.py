"""Releasing: what held photos by a row of its own, a cart item's pin or an order, and is no more lets them go."""

from collections.abc import Collection
from datetime import datetime

from imagestore.common import transaction
from imagestore.common.transaction import Write
from imagestore.identity import queries as shops
from projects import file_holds


def release_photos(*, photos: Collection[str], holder: str, shop: str, guard: Write, now: datetime) -> None:
    """Takes the holder from those of the photos that have it: 99 together with the guard, a check of the row that it
    is no more. A repeat finishes what was interrupted. Raises TransactionLost when the guard refuses.
    """
    policy = shops.known_shop(shop).policy
    writes = file_holds.release_writes(photos=sorted(photos), holder=holder, shop=shop, policy=policy, now=now)
    transaction.commit_guarded(guard, writes)
