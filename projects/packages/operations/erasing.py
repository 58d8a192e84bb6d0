"""ZIPs of an erased customer's projects. Those of orders stay as long as their order does, by their own rule."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from imagestore.common import browse, due, table, transaction
from imagestore.common.browse import Window
from imagestore.common.transaction import TransactionLost
from projects.packages import keys, models, storage
from projects.packages.models import InputRow, PackageRow
from projects.packages.operations.sweeping import unheld
from projects.packages.records import Package, PackageKind, PackageState
from projects.queries import REMOVED, head_of

BUILT_BY = timedelta(minutes=30)
"""Whoever builds it at this moment has seen by then that it is not to be built any more."""
PAGE = 100


def found(shop: str, owner: str, projects: Collection[str]) -> Iterator[dict[str, list[int]]]:
    """By id their bytes: of projects that are no more, asked for by the customer or of the `projects`.

    Nobody lists packages by customer: all of the shop are looked at, which are those of the last weeks.
    """
    window = Window(limit=PAGE)
    partitions = keys.all_packages_of_shop(shop)
    while True:
        leaf = browse.leaf(PackageRow, Package, "by_attention", partitions, window)
        of_hers = [one for one in leaf.items if one.owner == owner or one.source in projects]
        yield {one.id: [one.size or 0] for one in of_hers if _is_of_nothing(one)}
        if not leaf.more_after:
            return
        window = Window(limit=PAGE, after=leaf.last)


def _is_of_nothing(package: Package) -> bool:
    head = head_of(package.source) if package.kind == PackageKind.PROJECT else None
    return package.kind == PackageKind.PROJECT and (head is None or head.state in REMOVED)


def erase_owner(*, shop: str, owner: str, now: datetime, found: Collection[str]) -> dict[str, int]:
    """One that is being built goes by the sweep, when its builder has given up."""
    rows = table.batch_get(PackageRow, map(keys.package_row, found), Package, consistent=True)
    return {"packages": sum(_erase(package, now) for package in rows.values())}


def gone(ids: Collection[str]) -> set[str]:
    rows = table.batch_get(PackageRow, map(keys.package_row, ids), Package, consistent=True)
    return set(ids) - {package.id for package in rows.values()}


def _erase(package: Package, now: datetime) -> bool:
    """False while somebody may still be building it."""
    again = due.dated_to(package.due_sort) or now
    if package.state != PackageState.DELETING:
        again = now + BUILT_BY if package.state == PackageState.BUILDING else now
        if not _marked(package, again, now):
            return False
    storage.remove(package)
    deleting = models.in_state(PackageState.DELETING)
    return again <= now and table.delete(PackageRow, keys.package_row(package.id), deleting)


def _marked(package: Package, again: datetime, now: datetime) -> bool:
    actions = [
        PackageRow.state.set(PackageState.DELETING),
        *models.nobody_builds(),
        *models.waits_until(again, now=now, package=package),
    ]
    of_input = keys.package_of_input(package.of, package.fingerprint)
    try:
        transaction.commit(
            [
                transaction.update(PackageRow, keys.package_row(package.id), actions, models.in_state(package.state)),
                transaction.delete(InputRow, of_input, InputRow.package == package.id),
                unheld(package),
            ]
        )
    except TransactionLost:
        return False
    return True
