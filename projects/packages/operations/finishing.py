"""The end of a build: ready, failed, or left for another try. Each is for the builder alone who has the lease."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.update import Action

from imagestore.common import table, transaction
from imagestore.common.errors import DomainError
from imagestore.common.retention import Subject
from imagestore.common.transaction import TransactionLost, Write
from imagestore.common.writing import Written
from imagestore.identity import queries as shops
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks.event_types import EventType
from projects.orders import operations as orders
from projects.orders.errors import OrderNotFound, StepRefused
from projects.orders.queries import find_order
from projects.packages import keys, models, queries, rules, storage
from projects.packages.models import PackageRow, leased_by
from projects.packages.records import Package, PackageKind, PackageState


class LeaseLost(Exception):
    """Somebody else builds it now, or it is not to be built any more."""


def ready(package: Package, written: Written, now: datetime) -> Package:
    """Together with its order's becoming packaged. Raises LeaseLost."""
    actions = [
        PackageRow.state.set(PackageState.READY),
        PackageRow.ready_at.set(now),
        PackageRow.size.set(written.size),
        PackageRow.sha256.set(written.sha256),
        *([PackageRow.object_version.set(written.version)] if written.version else []),
        *_over(package, now),
    ]
    mine = transaction.update(PackageRow, keys.package_row(package.id), actions, leased_by(package))
    done = replace(package, state=PackageState.READY, size=written.size, sha256=written.sha256, ready_at=now)
    try:
        tell_order(done, now, [mine])
        # Alone where the order took no step: it had been packaged before, or was cancelled.
        if not _is_ready(package):
            transaction.commit([mine])
    except TransactionLost as lost:
        raise LeaseLost from lost
    return done


def tell_order(package: Package, now: datetime, joining: Sequence[Write] = ()) -> None:
    """Of a whole order: it is packaged now; `joining` and what its shop is told are written with that.

    One that is further or cancelled stays, and nothing is written. Raises TransactionLost when what joins refused.
    """
    order = find_order(package.source) if package.kind == PackageKind.ORDER and not package.pages else None
    if order is None:
        return
    announced = _announced(package, now)
    try:
        after = orders.packaged(order=order, by=f"package:{package.id}", now=now, joining=[*joining, *announced])
    except (StepRefused, OrderNotFound):
        return
    if after is not order:
        webhooks.send(announced)


def _announced(package: Package, now: datetime) -> list[Write]:
    data = {
        "order_id": package.source,
        "package_id": package.id,
        "bytes": package.size or 0,
        "sha256": package.sha256 or "",
    }
    subject = f"order:{package.source}"
    return webhooks.announce(shop=package.shop, type=EventType.ORDER_PACKAGED, subject=subject, data=data, now=now)


def fail(package: Package, refused: DomainError, now: datetime) -> Package | None:
    """Trying again would not help. Nothing of it stays in storage: the lease is renewed first, so that it is ours."""
    row, mine = keys.package_row(package.id), leased_by(package)
    if not table.update(PackageRow, row, [PackageRow.lease_until.set(now + rules.LEASE)], mine, Package).won:
        return None
    storage.remove(package)
    actions = [
        PackageRow.state.set(PackageState.FAILED),
        PackageRow.failed_at.set(now),
        PackageRow.code.set(refused.code),
        PackageRow.cause.set(refused.text),
        *_over(package, now),
    ]
    won, failed = table.update(PackageRow, row, actions, mine, Package)
    return failed if won else None


def let_go(package: Package, now: datetime) -> None:
    """Of a build whose work failed: the next one need not wait for the end of the lease."""
    again = now + rules.again_after(package.tries)
    actions = [*models.nobody_builds(), *models.waits_until(again, now=now, package=package)]
    table.update(PackageRow, keys.package_row(package.id), actions, leased_by(package), Package)


def _over(package: Package, now: datetime) -> list[Action]:
    """Nobody builds it any more; it is kept for the policy's time."""
    until = now + shops.known_shop(package.shop).policy.keep(Subject.LAB_PACKAGE)
    kept = models.waits_until(until, now=now, package=package)
    return [PackageRow.purge_after.set(until), *models.nobody_builds(), *kept]


def _is_ready(package: Package) -> bool:
    if package.kind != PackageKind.ORDER or package.pages:
        return False
    found = queries.seen_by_staff(package.id)
    return found is not None and found.state == PackageState.READY
