"""Pinning: a state of a project gets a pin with a copy of its own, and then holds its photos.

Intent before hold: the pin is due until a cart item has it, so that whatever is interrupted, the sweep takes it back.
"""

from datetime import datetime
from typing import NamedTuple

from imagestore.common import ids, table, transaction
from imagestore.common.transaction import Write
from projects import file_holds, packing
from projects.carts import keys, storage
from projects.carts.models import PinRow, deleting, new_copy, new_pin, placed
from projects.carts.operations.releasing import let_go
from projects.carts.records import Copy, Pin, Pinned, PinState
from projects.rules import INLINE_DOCUMENT


class Attempt(NamedTuple):
    """A pin that is being placed, and what it is a pin of."""

    pin: Pin
    copy: Copy
    pinned: Pinned


def pin(pinned: Pinned, *, shop: str, owner: str, now: datetime) -> Attempt:
    """Everything before an item has it. Raises FilesUnusable, after taking back what was done."""
    new, content = Pin(ids.new_id(now), shop, PinState.PLACING, now, owner=owner), pinned.content
    packed = packing.pack_content(content.document, content.placements)
    inline = packed if len(packed) <= INLINE_DOCUMENT else None
    attempt = Attempt(new, Copy(packing.pack_files(content.files), inline), pinned)
    transaction.commit([transaction.put(new_pin(new)), transaction.put(new_copy(new.id, attempt.copy))])
    if inline is None:
        storage.put_content(shop, new.id, packed)
    holder = keys.holder(new.id)
    try:
        file_holds.take(photos=content.photos, holder=holder, shop=shop, owner=owner, source=pinned.source)
    except file_holds.FilesUnusable:
        withdraw(attempt, now)
        raise
    return attempt


def is_placed(pin: Pin, now: datetime) -> Write:
    """Joins the move of the cart item: refused once the pin is being taken back."""
    return transaction.update(PinRow, keys.pin_row(pin.id), placed(now), PinRow.state == PinState.PLACING)


def withdraw(attempt: Attempt, now: datetime) -> None:
    """A pin that no item will have. Also when it was taken back already: that may have been before all photos were
    held."""
    pin = attempt.pin
    actions = deleting(pin.id, pin.shop, due_at=now, now=now)
    table.update(PinRow, keys.pin_row(pin.id), actions, PinRow.state == PinState.PLACING, Pin)
    let_go(pin, attempt.copy, now)
