"""Where a legal hold on each kind of subject is placed, for commands that know all of them."""

from datetime import datetime

from imagestore.common.principal import Principal
from imagestore.holds import operations as holds
from imagestore.holds import rules
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
