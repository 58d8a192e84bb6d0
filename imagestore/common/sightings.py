"""One side of a comparison: what a list of the bucket says of each object, as text that is sorted through files."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from imagestore.common import objects
from imagestore.common.inventory import Inventory
from imagestore.common.merging import SETTLED, Pair
from imagestore.common.objects import Listed

NONE = "none"


class Sighting(NamedTuple):
    """`size`: None when there are no bytes. `modified`: None when storage has no version of it either."""

    size: int | None
    modified: datetime | None

    @property
    def is_hidden(self) -> bool:
        """It lies under a delete marker."""
        return self.size is None and self.modified is not None

    def is_settled(self, now: datetime) -> bool:
        return self.modified is not None and now - self.modified > SETTLED


class Source(NamedTuple):
    """`at`: when the list is of. `again`: it is old, so what it seems to show is looked at again before it is told."""

    listing: Callable[[], Iterator[Listed]]
    at: datetime
    again: bool


def source(inventory: Inventory | None, now: datetime) -> Source:
    """An inventory is some hours old: what was younger than a day by then is left alone."""
    if inventory is None:
        return Source(objects.listing, now, again=False)
    return Source(inventory.listing, min(now, inventory.created_at), again=True)


def as_text(listed: Listed) -> str:
    return f"{NONE if listed.size is None else listed.size} {listed.modified.isoformat()}"


def in_text(text: str | None) -> Sighting:
    size, _, modified = (text or NONE).partition(" ")
    return Sighting(None if size == NONE else int(size), datetime.fromisoformat(modified) if modified else None)


def looked_again(pair: Pair) -> Pair:
    """With what storage says of the object now."""
    found = objects.listed(pair.key)
    return pair._replace(right=as_text(found) if found else None)
