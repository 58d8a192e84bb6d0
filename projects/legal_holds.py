"""Where a legal hold on each kind of subject is placed, for commands that know all of them."""

from collections.abc import Iterator
from datetime import datetime

from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from imagestore.holds import operations as holds
from imagestore.holds import queries, rules, storage
from imagestore.holds.records import Hold
from projects import file_holds, operations
from projects.orders import operations as orders

PLACING = {"file": file_holds.hold_file, "project": operations.hold_project, "order": orders.hold_order}


def place(
    *, shop: str, subject: str, principal: Principal, reason: str, now: datetime, hold_id: str | None = None
) -> Hold:
    """`hold_id`: of one that a restore lost. Raises SubjectInvalid, SubjectUnknown, ShopNotFound, RoleMissing."""
    rules.check_subject(subject)
    kind, _, id = subject.partition(":")
    if kind == "customer":
        return holds.place_on_customer(shop=shop, customer=id, principal=principal, reason=reason, now=now, id=hold_id)
    return PLACING[kind](id=id, shop=shop, principal=principal, reason=reason, now=now, hold_id=hold_id)


def place_again(*, principal: Principal, reason: str, now: datetime) -> Iterator[tuple[str, str]]:
    """After a restore of the table: holds of the ledger that it lost, by id; what refuses one is told in words."""
    for entry in storage.ledger():
        if queries.find_hold(entry.id):
            continue
        try:
            place(
                shop=entry.shop,
                subject=entry.subject,
                principal=principal,
                reason=f"{entry.reason} ({reason})",
                now=now,
                hold_id=entry.id,
            )
        except DomainError as refused:
            yield entry.id, refused.text
        else:
            yield entry.id, ""
