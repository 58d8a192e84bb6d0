"""Releasing pins that no cart item has: photos first, then the copy, then the row becomes `gone`."""

from collections.abc import Collection
from datetime import datetime

from imagestore.common import switches, table, tasks, transaction
from imagestore.holds.rules import HELD_AGAIN
from projects import packing
from projects.carts import keys, queries, rules, storage
from projects.carts.models import CopyRow, PinRow, deleting, no_more, tombstone
from projects.carts.records import Copy, Pin, PinState
from projects.operations.releasing import release_photos


def ask_to_release(pin: str) -> None:
    """Should the message be lost, the pin is due."""
    tasks.send("projects.release_pin", pin_id=pin)


def release(*, id: str, now: datetime) -> bool:
    """A pin whose item was put again or removed. False: it is not to go, or not while deletion is paused."""
    pin = queries.pin(id)
    if pin is None or pin.state != PinState.DELETING or switches.deletion().covers(pin.shop):
        return False
    return let_go(pin, queries.copy_of(id), now)


def take_back(pin: Pin, now: datetime) -> bool:
    """One that was being placed for too long. Marking it first decides against the process that does, if it lives."""
    actions = deleting(pin.id, pin.shop, due_at=now, now=now)
    won, _ = table.update(PinRow, keys.pin_row(pin.id), actions, PinRow.state == PinState.PLACING, Pin)
    if won:
        let_go(pin, queries.copy_of(pin.id), now)
    return won


def let_go(pin: Pin, copy: Copy | None, now: datetime) -> bool:
    """Interrupted anywhere, a repeat finishes it: the pin stays due until it is gone. False: a legal hold keeps it.

    One that was never placed stays and is looked at once more, for photos that were being held all the while.
    """
    key, is_deleting = keys.pin_row(pin.id), PinRow.state == PinState.DELETING
    if queries.is_kept_by_holds(pin):
        again = deleting(pin.id, pin.shop, due_at=now + HELD_AGAIN, now=now)
        table.update(PinRow, key, again, is_deleting, Pin)
        return False
    if copy is not None:
        photos, guard = frozenset(packing.files_in(copy.uses).values()), transaction.check(PinRow, key, no_more())
        release_photos(photos=photos, holder=keys.holder(pin.id), shop=pin.shop, guard=guard, now=now)
        if copy.content is None:
            storage.remove_content(pin.shop, pin.id)
    if rules.may_be_taking(pin):
        later = deleting(pin.id, pin.shop, due_at=now + rules.LOOKED_AGAIN_AFTER, now=now)
        table.update(PinRow, key, [*later, PinRow.let_go_at.set(now)], is_deleting, Pin)
        return True
    table.delete(CopyRow, keys.copy_row(pin.id))
    table.update(PinRow, key, tombstone(now), is_deleting, Pin)
    return True


def let_go_of(*, id: str, shop: str, photos: Collection[str], now: datetime) -> None:
    """Photos that name a pin which is no more. Raises TransactionLost if it is there."""
    guard = transaction.check(PinRow, keys.pin_row(id), no_more())
    release_photos(photos=photos, holder=keys.holder(id), shop=shop, guard=guard, now=now)
