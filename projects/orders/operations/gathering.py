"""Gathering what an order is made of. It only reads: whatever cannot be printed is refused before anything is held."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from imagestore.common.batches import chunks, in_parallel
from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from projects import file_holds
from projects.carts import queries as carts
from projects.carts.records import Pinned
from projects.errors import VersionNotFound
from projects.file_holds import File
from projects.orders import rules
from projects.orders.errors import PhotosNotPrintable
from projects.orders.records import OrderedFile, OrderedItem, WantedItem, WantedOrder

READ_AT_ONCE = 8


class Gathered(NamedTuple):
    """`sources`: photos by the holder that has them now."""

    items: tuple[OrderedItem, ...]
    files: dict[str, OrderedFile]
    sources: dict[str, list[str]]


def gather(wanted: WantedOrder, *, owner: str, principal: Principal) -> Gathered:
    """Raises OrderInvalid, PhotosNotPrintable, and what stands against an item: CartItemNotFound, ProjectNotFound …"""
    rules.check_wanted(wanted)
    pinned = _pinned(wanted.items, owner, principal)
    sources = _sources(pinned)
    rules.check_size(0, sum(map(len, sources.values())))
    facts = {
        id: file
        for source, photos in sources.items()
        for id, file in file_holds.held(photos, source, consistent=True).items()
    }
    _check(pinned, facts)
    items = tuple(
        _item(number, item, one) for number, (item, one) in enumerate(zip(wanted.items, pinned, strict=True), 1)
    )
    return Gathered(items, {id: ordered_file(facts[id]) for id in sorted(facts)}, sources)


def _pinned(items: Sequence[WantedItem], owner: str, principal: Principal) -> list[Pinned]:
    """Some at once, so that what is too large is not read to its end."""
    found: list[Pinned] = []
    for chunk in chunks(enumerate(items), READ_AT_ONCE):
        found += in_parallel(lambda one: _read(*one, owner, principal), chunk)
        rules.check_size(sum(len(one.content.document) for one in found), 0)
    return found


def _read(index: int, item: WantedItem, owner: str, principal: Principal) -> Pinned:
    """A refusal names the item."""
    try:
        if item.cart_item is not None:
            return carts.pinned_in_cart(principal=principal, owner=owner, id=item.cart_item)
        head = carts.project_for(principal=principal, owner=owner, project=str(item.project))
        return carts.pinned_in_project(head, head.version if item.version is None else item.version)
    except DomainError as refused:
        which = "version" if isinstance(refused, VersionNotFound) else "project" if item.project else "cart_item"
        refused.field = f"items.{index}.{which}"
        raise


def _sources(pinned: Iterable[Pinned]) -> dict[str, list[str]]:
    """A photo of several items is held once, from the first."""
    source_of: dict[str, str] = {}
    for one in pinned:
        for photo in sorted(one.content.photos):
            source_of.setdefault(photo, one.source)
    sources: dict[str, list[str]] = {}
    for photo, source in source_of.items():
        sources.setdefault(source, []).append(photo)
    return sources


def _check(pinned: Sequence[Pinned], facts: dict[str, File]) -> None:
    refused: list[dict[str, Any]] = [
        {"item": index, "alias": alias, "id": id, "cause": cause}
        for index, one in enumerate(pinned)
        for alias, id in sorted(one.content.files.items())
        if (cause := _why_not_printable(facts.get(id)))
    ]
    if refused:
        first = refused[0]
        raise PhotosNotPrintable(
            f"{len(refused)} of the photos cannot be printed, the first is {first['alias']}: {first['cause']}.",
            f"items.{first['item']}",
            files=refused,
        )


def _why_not_printable(file: File | None) -> str | None:
    if file is None:
        return "missing"
    if file.printable and file.sha256 and file.width and file.height:
        return None
    return "undecoded" if file.undecoded else str(file.state)


def _item(number: int, item: WantedItem, pinned: Pinned) -> OrderedItem:
    content = pinned.content
    return OrderedItem(
        number=number,
        project=pinned.project,
        version=pinned.version,
        name=pinned.name,
        document=content.document,
        files=content.files,
        placements=content.placements,
        product=pinned.product if item.product is None else item.product,
        quantity=item.quantity or pinned.quantity,
    )


def ordered_file(file: File) -> OrderedFile:
    """What is remembered of a photo."""
    return OrderedFile(
        id=file.id,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        width=file.width or 0,
        height=file.height or 0,
        orientation=file.orientation or 1,
        object_version=file.object_version,
    )
