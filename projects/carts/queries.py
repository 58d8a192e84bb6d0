"""Everything that only reads carts."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from imagestore.common import due, held_back, paging, table
from imagestore.common.merging import SETTLED
from imagestore.common.paging import CursorInvalid
from imagestore.common.principal import Principal
from imagestore.common.retention import Explained, explain
from imagestore.holds import queries as holds
from imagestore.identity import queries as shops
from projects import file_holds, packing
from projects import queries as projects
from projects.carts import keys, rules, storage
from projects.carts.errors import CartItemBusy, CartItemNotFound
from projects.carts.models import CartItemRow, CopyRow, PinRow
from projects.carts.records import CartItem, Copy, Pin, Pinned, PinState
from projects.errors import ProjectNotActive, ProjectNotFound
from projects.file_holds import UrlKind
from projects.keys import holder as holder_of_project
from projects.object_needs import Need, Needed, Stored
from projects.queries import FilesPage
from projects.records import Content, Head, ProjectState, Use

TRIES = 3


@dataclass(frozen=True, slots=True)
class Loaded:
    """A cart item with its state. One photo whose file is missing from the page's facts cannot be shown."""

    item: CartItem
    content: Content
    page: FilesPage


def find_item(shop: str, owner: str, id: str) -> CartItem | None:
    return table.get(CartItemRow, keys.item_row(shop, owner, id), CartItem, consistent=True)


def item_of(principal: Principal, owner: str, id: str) -> CartItem:
    """Raises CartItemNotFound. Right after a login an item may still stand under the visit: it is the customer's."""
    item = find_item(principal.shop, owner, id) or _of_claimed_visit(principal, owner, id)
    if item is None:
        raise CartItemNotFound("There is no cart item with this id.")
    return item


def explained(item: CartItem) -> Explained:
    """What happens to it, when and why."""
    visit = file_holds.visit_of_owner(item.shop, item.owner)
    if kept := projects.holds_on(visit, item.shop, item.owner):
        return projects.held(kept)
    of_visit = ["It is a visit's, and goes with it at the latest."] if visit else []
    ending = rules.ending(item, shops.known_shop(item.shop).policy)
    told = explain(ending, *of_visit, not_before=None if visit else due.dated_to(item.due_sort))
    return held_back.told(told, item.shop)


def _of_claimed_visit(principal: Principal, owner: str, id: str) -> CartItem | None:
    of_visit = f"session:{principal.session}"
    if principal.session is None or owner == of_visit:
        return None
    visit = file_holds.visit_of_owner(principal.shop, of_visit)
    return find_item(principal.shop, of_visit, id) if visit and visit.owner == owner else None


def items_of_owner(
    *, principal: Principal, owner: str, cursor: str | None, limit: int
) -> tuple[list[CartItem], str | None]:
    """By the shop's own ids, and the cursor of the next page: one query."""
    partition = keys.cart_of(principal.shop, owner)
    start = paging.position(cursor, partition)
    page = table.query(CartItemRow, partition, CartItem, keys.ITEMS, limit=limit, start=start, consistent=True)
    return page.items, paging.cursor(page.next, partition)


def load(*, principal: Principal, owner: str, id: str, urls: UrlKind, now: datetime) -> Loaded:
    """Two single reads, one batch read per 100 photos, and at most one object. Raises CartItemNotFound."""
    item, content = _item_and_content(principal, owner, id)
    return Loaded(item, content, _page(item, content, "", urls, now))


def more_files(
    *, principal: Principal, owner: str, id: str, cursor: str | None, urls: UrlKind, now: datetime
) -> FilesPage:
    """Photos by alias, 500 at a time; with a cursor those that follow. Raises CartItemNotFound, and CursorInvalid when
    it was put again since."""
    place = paging.position(cursor, _list_of(id)) or {}
    item, content = _item_and_content(principal, owner, id)
    if place.get("pin", item.pin) != item.pin:
        raise CursorInvalid("The cart item was put again since; load it again.", field="cursor")
    return _page(item, content, place.get("after", ""), urls, now)


def _page(item: CartItem, content: Content, after: str, urls: UrlKind, now: datetime) -> FilesPage:
    return projects.files_page(
        content.files,
        holder=keys.holder(item.pin),
        of=_list_of(item.id),
        place={"pin": item.pin, "after": after},
        urls=urls,
        now=now,
    )


def _list_of(id: str) -> str:
    """A place in it names the pin, so that it is good for that state alone."""
    return f"photos of the cart item {id}"


def pinned_in_cart(*, principal: Principal, owner: str, id: str) -> Pinned:
    """What a cart item keeps. Raises CartItemNotFound."""
    item, content = _item_and_content(principal, owner, id)
    return Pinned(item.project, item.version, item.name, content, keys.holder(item.pin), item.quantity, item.product)


def _item_and_content(principal: Principal, owner: str, id: str) -> tuple[CartItem, Content]:
    """One that was put again between the reads has another pin: look again."""
    for _ in range(TRIES):
        item = item_of(principal, owner, id)
        copy = copy_of(item.pin)
        if copy and (content := storage.content_of(item.shop, item.pin, copy)):
            return item, content
    raise CartItemBusy("The cart item is being changed by too many at once; try again.")


def pin(id: str) -> Pin | None:
    return table.get(PinRow, keys.pin_row(id), Pin, consistent=True)


def owners_of(pins: Collection[str]) -> dict[str, str]:
    """Who put each, of those that a cart item has."""
    found = table.batch_get(PinRow, [keys.pin_row(id) for id in pins], Pin, consistent=True)
    return {pin.id: pin.owner for pin in found.values() if pin.state == PinState.PLACED}


def pins_in_cart(shop: str, owner: str) -> Iterator[dict[str, list[int]]]:
    """Ids of the pins that the items in a cart have, page by page, without numbers."""
    start = None
    while True:
        page = table.query(CartItemRow, keys.cart_of(shop, owner), CartItem, keys.ITEMS, start=start, consistent=True)
        yield {item.pin: [] for item in page.items}
        start = page.next
        if start is None:
            return


def gone(pins: Collection[str]) -> set[str]:
    """Those that hold nothing any more."""
    found = table.batch_get(PinRow, [keys.pin_row(id) for id in pins], Pin, consistent=True)
    return set(pins) - {pin.id for pin in found.values() if pin.state != PinState.GONE}


def copy_of(pin: str) -> Copy | None:
    return table.get(CopyRow, keys.copy_row(pin), Copy, consistent=True)


def uses() -> Iterator[Use]:
    """Of every pin; one that is being placed has yet to take its photos, and is told without any."""
    for pin in table.scan(PinRow, Pin, "PIN#", "PIN"):
        keeps = pin.state == PinState.PLACED or is_kept_by_holds(pin)
        yield Use(keys.holder(pin.id), pin.shop, _photos(pin) if keeps else frozenset())


def needs(pin_id: str) -> frozenset[str]:
    """Photos that a pin keeps or is taking; none when it is no more."""
    found = pin(pin_id)
    if found is None:
        return frozenset()
    keeps = found.state in (PinState.PLACING, PinState.PLACED) or is_kept_by_holds(found)
    return _photos(found) if keeps else frozenset()


def is_kept_by_holds(pin: Pin) -> bool:
    """Whether it may not go although no item has it. Those that were never placed keep nothing.

    Whether it is marked is decided when its item lets go of it; a mark of holds that were all released since is none.
    """
    if pin.placed_at is None or pin.state == PinState.GONE:
        return False
    return bool(holds.standing(pin.held_by) or projects.holds_on_owner(pin.shop, pin.owner))


def _photos(pin: Pin) -> frozenset[str]:
    copy = copy_of(pin.id)
    return frozenset(packing.files_in(copy.uses).values()) if copy else frozenset()


@dataclass(frozen=True, slots=True)
class _Copied:
    pk: str


def stored_copies() -> Iterator[Stored]:
    """Of every pin whose copy has an object, as they were some moments ago."""
    for copied in table.scan(CopyRow, _Copied, "PIN#", "COPY", without="content"):
        yield Stored(keys.pin_of_row(copied.pk))


def need_of_copy(stored: Stored, now: datetime) -> Needed:
    """What is being placed or taken back comes or goes with its pin."""
    found = pin(stored.id)
    if found is None or found.state == PinState.GONE:
        return Needed(Need.GONE if found else Need.NONE)
    copy = copy_of(stored.id)
    settled = found.state == PinState.PLACED and now - (found.placed_at or now) > SETTLED
    must = settled and copy is not None and copy.content is None
    return Needed(Need.MUST if must else Need.MAY, found.shop)


def project_for(*, principal: Principal, owner: str, project: str) -> Head:
    """A project that its owner may put into a cart or order. Raises ProjectNotFound, ProjectNotActive."""
    head = projects.project_of(principal, project)
    if head.owner != owner:
        visit = file_holds.visit_of_owner(head.shop, head.owner)
        if visit is None or visit.owner != owner:
            raise ProjectNotFound("There is no project with this id.")
    if head.state != ProjectState.ACTIVE:
        raise ProjectNotActive("The project is in the trash; restore it first.", state=head.state)
    return head


def pinned_in_project(head: Head, number: int) -> Pinned:
    """A version of the history. Raises VersionNotFound."""
    content = projects.content_of(head, projects.version_of(head, number))
    return Pinned(head.id, number, head.name, content, holder_of_project(head.id))
