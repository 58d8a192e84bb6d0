"""Asking for a package. The same input has one package: who asks again gets the one that is being built, or there.

A row for the input decides it, put together with the package's own. The message to a builder is a hint: what is to
be built is due.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from imagestore.audit import operations as audit
from imagestore.common import idempotency, ids, tasks, transaction
from imagestore.common.idempotency import Asked, Record
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost, Write
from projects import queries as projects
from projects.orders import queries as orders
from projects.orders.errors import ShopOnly, StepRefused
from projects.orders.records import OrderState
from projects.packages import keys, models, queries, rules, sources, storage
from projects.packages.contents import contents_of
from projects.packages.errors import PackageBusy, PackageNotFailed, PackageNotFound
from projects.packages.models import PackageRow
from projects.packages.operations import finishing
from projects.packages.records import Input, Package, PackageKind, PackageState

log = logging.getLogger(__name__)
BUILD = "projects.build_package"


def ask_for_project(
    *, id: str, pages: Sequence[int], principal: Principal, now: datetime, asked: Asked | None = None
) -> Package:
    """Of the current version. Raises ProjectNotFound, and what `ask` and `sources.of_project` raise."""
    head = projects.project_of(principal, id)
    return ask(wanted=sources.of_project(head, head.version, pages), now=now, asked=asked)


def ask_for_order(
    *, id: str, pages: Sequence[int], principal: Principal, now: datetime, asked: Asked | None = None
) -> Package:
    """For the shop's own server; the order becomes packaged when the package of all its pages is ready.

    Raises OrderNotFound, ShopOnly, StepRefused, and what `ask` raises.
    """
    order = orders.order_of(principal, id)
    if principal.kind != "shop":
        raise ShopOnly("This is for the shop's own server: a token without customer and session.")
    if order.state == OrderState.CANCELLED:
        raise StepRefused("The order is cancelled.", state=order.state)
    if order.state == OrderState.FACTS_ONLY:
        raise StepRefused("Only the facts of the order are kept: its photos are gone.", state=order.state)
    package = ask(wanted=sources.of_order(order, pages), now=now, asked=asked)
    if package.state == PackageState.READY:
        finishing.tell_order(package, now)
    return package


def ask_by_support(*, id: str, pages: Sequence[int], now: datetime) -> Package:
    """Of an order or a project by its id, of any shop. Raises PackageNotFound, and what `ask` raises."""
    wanted = sources.by_id(id, pages)
    if wanted is None:
        raise PackageNotFound("There is no order and no project with this id.")
    return ask(wanted=wanted, now=now)


def ask(*, wanted: Input, now: datetime, asked: Asked | None = None) -> Package:
    """The package of this input, which somebody builds now unless it is there. Raises PagesInvalid, PackageTooLarge.

    With `asked` a repeat answers the package that the first call got. Raises KeyReused, RequestUnderWay.
    """
    package = _new(wanted, now)
    if there := queries.package_of_input(package.of, package.fingerprint):
        return _as_there(there, asked, now)
    if package.kind == PackageKind.PROJECT:
        rules.check_number(queries.number_of(package.of))
    due_at = now + rules.TOLD_WITHIN
    puts = [transaction.put(models.new_package(package, due_at)), transaction.put(models.new_input(package))]
    try:
        earlier = _once(puts, [package.id], asked, now)
    except TransactionLost as lost:
        if there := queries.package_of_input(package.of, package.fingerprint):
            return _as_there(there, asked, now)
        raise PackageBusy("The package is being removed at this moment. Try again.") from lost
    if earlier:
        return _known(earlier.ids[0])
    send_to_build(package.id)
    return package


def build_again(*, id: str, principal: Principal, reason: str, now: datetime) -> Package:
    """By staff, of one that failed. Raises PackageNotFound, PackageNotFailed."""
    principal.require_role("support")
    package = _known(id)
    try:
        audit.record(
            [_restart(package, now)],
            action="package.built-again",
            subject=f"package:{id}",
            principal=principal,
            reason=reason,
            now=now,
            details={"of": package.of, "code": package.code},
        )
    except TransactionLost as lost:
        raise PackageNotFailed(f"The package is {_known(id).state}; only a failed one is built again.") from lost
    send_to_build(id)
    return _known(id)


def build_lost_again(*, id: str, now: datetime) -> bool:
    """A ready one whose ZIP storage does not have any more, or not whole: of the same input it becomes the same.

    False when it is not ready any more.
    """
    package = queries.seen_by_staff(id)
    if package is None or package.state != PackageState.READY:
        return False
    try:
        transaction.commit([_restart(package, now, PackageState.READY)])
    except TransactionLost:
        return False
    storage.remove(package)
    send_to_build(id)
    return True


def send_to_build(id: str) -> None:
    """A queue that does not answer costs delay: the package is due."""
    try:
        tasks.send(BUILD, package_id=id)
    except Exception:
        log.exception("package %s was not sent to be built; the sweep will do it", id)


def _new(wanted: Input, now: datetime) -> Package:
    contents = contents_of(wanted)
    rules.check_size(contents.largest)
    return Package(
        id=ids.new_id(now),
        shop=wanted.shop,
        kind=wanted.kind,
        source=wanted.source,
        state=PackageState.BUILDING,
        fingerprint=contents.fingerprint,
        name=wanted.name,
        created_at=now,
        owner=wanted.owner,
        version=wanted.version,
        pages=list(wanted.pages),
        files=contents.files,
        bytes=contents.size,
        missing=contents.missing,
    )


def _once(writes: Sequence[Write], made: list[str], asked: Asked | None, now: datetime) -> Record | None:
    """None when this call has written; else what an earlier call with the same key made. Raises TransactionLost."""
    if asked:
        return idempotency.once(asked, now, made, writes)
    transaction.commit(writes)
    return None


def _as_there(package: Package, asked: Asked | None, now: datetime) -> Package:
    """The package that the input has already. One that failed is tried again."""
    if asked and (earlier := idempotency.once(asked, now, [package.id])):
        return _known(earlier.ids[0])
    if package.state != PackageState.FAILED:
        return package
    try:
        transaction.commit([_restart(package, now)])
    except TransactionLost:
        return _known(package.id)
    send_to_build(package.id)
    return _known(package.id)


def _restart(package: Package, now: datetime, state: PackageState = PackageState.FAILED) -> Write:
    """Back to building, as if it had just been asked for."""
    of_the_end = (
        PackageRow.code, PackageRow.cause, PackageRow.failed_at, PackageRow.purge_after,
        PackageRow.size, PackageRow.sha256, PackageRow.object_version, PackageRow.ready_at,
    )  # fmt: skip
    actions = [
        PackageRow.state.set(PackageState.BUILDING),
        *(count.set(0) for count in (PackageRow.tries, PackageRow.files_done, PackageRow.bytes_done)),
        *(told.remove() for told in of_the_end),
        *models.waits_until(now + rules.TOLD_WITHIN, now=now, package=package),
    ]
    return transaction.update(PackageRow, keys.package_row(package.id), actions, models.in_state(state))


def _known(id: str) -> Package:
    package = queries.seen_by_staff(id)
    if package is None or package.state == PackageState.DELETING:
        raise PackageNotFound("There is no package with this id.")
    return package
