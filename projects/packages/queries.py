"""Everything that only reads packages. Who may see its order or project may see a package, whoever asked for it."""

from collections.abc import Iterator
from datetime import datetime

from imagestore.common import browse, ids, paging, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.merging import SETTLED
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedRead, Signer
from projects import queries as projects
from projects.errors import ProjectNotFound
from projects.object_needs import Need, Needed, Stored
from projects.orders import queries as orders
from projects.orders.errors import OrderNotFound
from projects.packages import keys, storage
from projects.packages.errors import PackageNotFound
from projects.packages.models import InputRow, PackageRow
from projects.packages.records import InputPackage, Package, PackageKind, PackageState


def package_of(principal: Principal, id: str) -> Package:
    """Raises PackageNotFound for an unknown, removed or foreign id alike."""
    package = seen_by_staff(id)
    if package is None or package.state == PackageState.DELETING or not _may_see(principal, package):
        raise PackageNotFound("There is no package with this id.")
    return package


def _may_see(principal: Principal, package: Package) -> bool:
    try:
        if package.kind == PackageKind.PROJECT:
            projects.project_of(principal, package.source)
        else:
            orders.order_of(principal, package.source)
    except (ProjectNotFound, OrderNotFound):
        return False
    return True


def signed_read(package: Package, now: datetime) -> SignedRead | None:
    """A url of the ZIP, once it is there."""
    return storage.sign_read(Signer(now), package) if package.state == PackageState.READY else None


def packages_of_order(
    *, id: str, principal: Principal, cursor: str | None, limit: int
) -> tuple[list[Package], str | None]:
    """Newest first, and the cursor of the next page. Raises OrderNotFound."""
    partition = keys.packages_of(f"{PackageKind.ORDER}:{id}")
    start = paging.position(cursor, partition)
    orders.order_of(principal, id)
    page = table.query_index("by_owner", partition, limit=limit, descending=True, start=start)
    rows = table.batch_get(PackageRow, [entry.key for entry in page.items], Package)
    found = [rows[entry.key] for entry in page.items if entry.key in rows]
    return [each for each in found if each.state != PackageState.DELETING], paging.cursor(page.next, partition)


def number_of(of: str) -> int:
    """How many packages an order or project has, as the index tells; it may be a moment late."""
    return len(table.query_index("by_owner", keys.packages_of(of)).items)


def package_of_input(of: str, fingerprint: str) -> Package | None:
    """The one that an input has: being built, there, or failed."""
    found = table.get(InputRow, keys.package_of_input(of, fingerprint), InputPackage, consistent=True)
    return seen_by_staff(found.package) if found else None


def seen_by_staff(id: str) -> Package | None:
    """A package of any shop, in any state."""
    return table.get(PackageRow, keys.package_row(id), Package, consistent=True) if ids.is_id(id) else None


def stored_packages() -> Iterator[Stored]:
    """Of every package, as they were some moments ago."""
    for package in table.scan(PackageRow, Package, "PACKAGE#", "PACKAGE"):
        yield Stored(package.id, shop=package.shop, size=package.size if package.state == PackageState.READY else None)


def need_of_package(stored: Stored, now: datetime) -> Needed:
    """What is being built or removed comes or goes with its row; so does what a builder left of one that failed."""
    package = seen_by_staff(stored.id)
    if package is None:
        return Needed(Need.NONE)
    must = package.state == PackageState.READY and now - (package.ready_at or now) > SETTLED
    return Needed(Need.MUST, package.shop, package.size) if must else Needed(Need.MAY, package.shop)


def leaf_of_shop(window: Window, *, shop: str) -> Leaf[Package]:
    """Newest first."""
    return browse.leaf(PackageRow, Package, "by_attention", keys.all_packages_of_shop(shop), window)
