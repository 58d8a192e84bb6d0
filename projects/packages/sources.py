"""Where the input of a package comes from: an order's snapshot, or a version of a project as it is kept."""

from collections.abc import Iterable, Sequence

from projects import file_holds, keys, queries
from projects.file_holds import File, FileState
from projects.orders import queries as orders
from projects.orders.errors import SnapshotDamaged
from projects.orders.operations.gathering import ordered_file
from projects.orders.records import Order, OrderedItem, Snapshot
from projects.orders.rules import LIVE
from projects.packages.errors import InputChanged, PhotosAwaited
from projects.packages.records import Input, Package, PackageKind
from projects.records import Head


def of_order(order: Order, pages: Sequence[int] = ()) -> Input:
    """As it was placed. Raises SnapshotDamaged."""
    return of_snapshot(orders.snapshot_of(order), pages, owner=order.owner)


def of_snapshot(snapshot: Snapshot, pages: Sequence[int] = (), *, owner: str = "") -> Input:
    """The same for ever: a snapshot never changes."""
    facts = {"id": snapshot.order, "reference": snapshot.reference, "placed_at": snapshot.placed_at}
    return Input(
        shop=snapshot.shop,
        kind=PackageKind.ORDER,
        source=snapshot.order,
        name=f"order {snapshot.reference or snapshot.order}",
        facts={"order": facts},
        items=snapshot.items,
        files=snapshot.files,
        owner=owner,
        pages=tuple(pages),
    )


def of_project(head: Head, number: int, pages: Sequence[int] = (), name: str = "") -> Input:
    """A version that is kept. `name`: the project's own as it was, unless now. Raises VersionNotFound, and
    PhotosAwaited: what is still on its way is no reason to pack less.
    """
    version = queries.version_of(head, number)
    content = queries.content_of(head, version)
    held = file_holds.held(content.photos, keys.holder(head.id), consistent=True)
    _check_awaited(held.values())
    name = name or head.name or f"project {head.id}"
    item = OrderedItem(
        number=1,
        project=head.id,
        version=number,
        name=name,
        document=content.document,
        files=content.files,
        placements=content.placements,
    )
    return Input(
        shop=head.shop,
        kind=PackageKind.PROJECT,
        source=head.id,
        name=name,
        facts={"project": {"id": head.id, "version": number, "saved_at": version.saved_at}},
        items=(item,),
        files={file.id: ordered_file(file) for file in held.values() if file.printable},
        version=number,
        owner=head.owner,
        pages=tuple(pages),
    )


def _check_awaited(files: Iterable[File]) -> None:
    awaited = sorted(file.id for file in files if not file.printable and file.state != FileState.REJECTED)
    if awaited:
        raise PhotosAwaited(
            f"{len(awaited)} of the photos are still being uploaded or looked at. Try again shortly.",
            "files",
            files=awaited,
        )


def by_id(id: str, pages: Sequence[int] = ()) -> Input | None:
    """Of an order or a project of any shop."""
    if (order := orders.seen_by_staff(id)) and order.state in LIVE:
        return of_order(order, pages)
    head = queries.seen_by_staff(id)
    return of_project(head, head.version, pages) if head and head.state not in queries.REMOVED else None


def of_package(package: Package) -> Input:
    """What was asked for, read again. Raises InputChanged when there is nothing like it any more."""
    if package.kind == PackageKind.ORDER:
        return _ordered_again(package)
    head = queries.seen_by_staff(package.source)
    if head is None or head.state in queries.REMOVED:
        raise InputChanged("The project is not there any more.")
    return of_project(head, package.version, package.pages, package.name)


def _ordered_again(package: Package) -> Input:
    order = orders.seen_by_staff(package.source)
    if order is None or order.state not in LIVE:
        raise InputChanged("The order is not there any more.")
    try:
        return of_order(order, package.pages)
    except SnapshotDamaged as damaged:
        raise InputChanged(f"What was ordered cannot be read: {damaged}.") from damaged
