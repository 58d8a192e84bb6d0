"""The sweep's share of packages: what nobody builds is sent again, and what was kept long enough is removed."""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common import switches, table, transaction
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Key
from imagestore.common.transaction import TransactionLost, Write
from imagestore.holds.rules import HELD_AGAIN
from imagestore.identity import queries as shops
from projects import queries as projects
from projects.keys import head_row
from projects.models import ProjectRow
from projects.orders import queries as orders
from projects.orders.keys import order_row
from projects.orders.models import OrderRow
from projects.packages import keys, models, rules, storage
from projects.packages.models import InputRow, PackageRow
from projects.packages.operations.asking import send_to_build
from projects.packages.records import Package, PackageKind, PackageState
from projects.packages.rules import Step


def sweep_slice(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent: what was taken further meanwhile is skipped. One that fails does not stop the others."""
    report, paused = SliceReport(), switches.NOTHING if dry_run else switches.deletion()
    packages = paused.allows(table.batch_get(PackageRow, row_keys, Package, consistent=True))
    report.add("skipped", len(row_keys) - len(packages))
    for key, package in packages.items():
        try:
            _sweep(package, dry_run, now, report)
        except Exception as error:
            report.fail(package.id, key, f"{type(error).__name__}: {error}")
    return report


def _sweep(package: Package, dry_run: bool, now: datetime, report: SliceReport) -> None:
    step, later = rules.next_step(package, shops.known_shop(package.shop).policy, now)
    if step == Step.PURGE and package.state != PackageState.DELETING and _is_kept(package):
        step, later = Step.KEEP, now + HELD_AGAIN
    if not dry_run:
        done = _purge(package, now) if step == Step.PURGE else _re_date(package, later, now)
        if not done:
            report.did("skipped", package.id)
            return
        if step == Step.SEND:
            send_to_build(package.id)
    report.did(step, package.id, (package.size or 0) if step == Step.PURGE else 0)


def _is_kept(package: Package) -> bool:
    """By a legal hold on its order or project, or on the customer whose that is: one or two reads."""
    of = orders.find_order(package.source) if package.kind == PackageKind.ORDER else projects.head_of(package.source)
    return of is not None and bool(of.held_by or projects.holds_on_owner(of.shop, of.owner))


def unheld(package: Package) -> Write:
    """Refused while a legal hold stands on its order or project itself."""
    if package.kind == PackageKind.ORDER:
        return transaction.check(OrderRow, order_row(package.source), OrderRow.held_by.does_not_exist())
    return transaction.check(ProjectRow, head_row(package.source), ProjectRow.held_by.does_not_exist())


def _re_date(package: Package, later: datetime, now: datetime) -> bool:
    as_found = PackageRow.due_sort == package.due_sort
    actions = models.waits_until(later, now=now, package=package)
    return table.update(PackageRow, keys.package_row(package.id), actions, as_found, Package).won


def _purge(package: Package, now: datetime) -> bool:
    """Its input has no package any more, then its bytes go, then its row. A repeat finishes what was interrupted."""
    if package.state != PackageState.DELETING and not _mark_deleting(package, now):
        return False
    storage.remove(package)
    deleting = models.in_state(PackageState.DELETING)
    return table.delete(PackageRow, keys.package_row(package.id), deleting)


def _mark_deleting(package: Package, now: datetime) -> bool:
    """Only as it was found: a failed one may be built again at this moment."""
    found = models.in_state(package.state) & (PackageRow.due_sort == package.due_sort)
    row, of_input = keys.package_row(package.id), keys.package_of_input(package.of, package.fingerprint)
    try:
        transaction.commit(
            [
                transaction.update(PackageRow, row, [PackageRow.state.set(PackageState.DELETING)], found),
                transaction.delete(InputRow, of_input, InputRow.package == package.id),
                unheld(package),
            ]
        )
    except TransactionLost:
        return False
    return True
