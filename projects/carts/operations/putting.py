"""Putting a project into a cart. Save before release: the line moves to a new pin, and then the old one goes."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from imagestore.common import table, transaction
from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost
from projects import file_holds
from projects.carts import keys, queries
from projects.carts.errors import CartItemBusy
from projects.carts.models import CartItemRow, as_found, put_again
from projects.carts.operations import lines, pinning
from projects.carts.operations.pinning import Attempt
from projects.carts.operations.releasing import ask_to_release
from projects.carts.records import CartItem, Line

TRIES = 8


class Put(NamedTuple):
    item: CartItem
    created: bool


def put(*, id: str, line: Line, owner: str, principal: Principal, now: datetime) -> Put:
    """The item keeps a version of the project, the current one unless told. One that it keeps already is only touched.

    Raises ProjectNotFound, ProjectNotActive, VersionNotFound, FilesUnusable, SessionClosed, CartItemBusy.
    """
    shop = principal.shop
    owner = file_holds.owner_in_use(shop=shop, owner=owner, now=now)
    found = queries.find_item(shop, owner, id)
    if touched := _kept(found, line, now):
        return Put(touched, created=False)
    head = queries.project_for(principal=principal, owner=owner, project=line.project)
    number = head.version if line.version is None else line.version
    if touched := _kept(found, replace(line, version=number), now):
        return Put(touched, created=False)
    attempt = pinning.pin(queries.pinned_in_project(head, number), shop=shop, owner=owner, now=now)
    return _move(attempt, _item(attempt, id, owner, line, now), found, now)


def touch(*, id: str, owner: str, principal: Principal, now: datetime) -> CartItem:
    """Its time begins anew. Raises CartItemNotFound, CartItemBusy."""
    for _ in range(TRIES):
        item = queries.item_of(principal, owner, id)
        touched = _extended(item, item, now)
        if touched:
            return touched
    raise CartItemBusy("The cart item is being changed by too many at once; try again.")


def _kept(found: CartItem | None, line: Line, now: datetime) -> CartItem | None:
    """The item, touched, if it has this version already."""
    return _extended(found, line, now) if found and found.has(line) else None


def _extended(item: CartItem, line: CartItem | Line, now: datetime) -> CartItem | None:
    """None when it was changed meanwhile."""
    touched = replace(item, cart=line.cart, quantity=line.quantity, product=line.product, touched_at=now)
    key = keys.item_row(item.shop, item.owner, item.id)
    won, row = table.update(CartItemRow, key, put_again(touched), as_found(item), CartItem)
    # The client sends an update again whose answer was lost, and is then refused by its own first success.
    own = row is not None and (row.pin, row.touched_at) == (item.pin, now)
    return row if won or own else None


def _item(attempt: Attempt, id: str, owner: str, line: Line, now: datetime) -> CartItem:
    pin, pinned = attempt.pin, attempt.pinned
    return CartItem(
        id=id,
        shop=pin.shop,
        owner=owner,
        pin=pin.id,
        project=pinned.project,
        version=pinned.version,
        name=pinned.name,
        cart=line.cart,
        quantity=line.quantity,
        put_at=now,
        touched_at=now,
        photos=len(pinned.content.photos),
        product=line.product,
    )


def _move(attempt: Attempt, item: CartItem, found: CartItem | None, now: datetime) -> Put:
    """Of two who put the same line at once, the second moves it from the first's pin to its own."""
    for _ in range(TRIES):
        writes = [
            pinning.is_placed(attempt.pin, now),
            *lines.gets(item, found, now),
            *file_holds.still_open(shop=item.shop, owner=item.owner, now=now),
        ]
        try:
            transaction.commit(writes)
        except TransactionLost as lost:
            if 0 in lost.failed:
                break
            item, found = _look_again(attempt, item, now)
        else:
            if found:
                ask_to_release(found.pin)
            return Put(item, created=found is None)
    pinning.withdraw(attempt, now)
    raise CartItemBusy("The cart item could not be put in time; try again.")


def _look_again(attempt: Attempt, item: CartItem, now: datetime) -> tuple[CartItem, CartItem | None]:
    """A put in a visit's name that meets the login is the customer's."""
    try:
        owner = file_holds.owner_in_use(shop=item.shop, owner=item.owner, now=now)
    except DomainError:
        pinning.withdraw(attempt, now)
        raise
    return replace(item, owner=owner), queries.find_item(item.shop, owner, item.id)
