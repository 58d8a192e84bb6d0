"""Placing and releasing, by staff, with an entry in the audit log.

A hold on a file, project or order is placed together with the mark on its row. One on a customer is a row at once that
every purge reads, and then a run that marks what the customer has. A release is a row, and then the marks go.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from pynamodb.expressions.update import Action

from imagestore.audit import operations as audit
from imagestore.common import ids, queues, transaction
from imagestore.common.contracts import SETTLE_HOLD
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost, Write
from imagestore.holds import keys, models, queries, rules, storage
from imagestore.holds.errors import SubjectUnknown
from imagestore.holds.models import HeldRow, HoldRow
from imagestore.holds.operations.settling import tell_domains
from imagestore.holds.records import Hold
from imagestore.identity import queries as shops

Marks = Callable[[Hold], Sequence[Write]]


class OfShop(Protocol):
    @property
    def shop(self) -> str: ...


class Told(NamedTuple):
    """Why, and when."""

    reason: str
    now: datetime


def place(
    *, shop: str, subject: str, marks: Marks, principal: Principal, reason: str, now: datetime, id: str | None = None
) -> Hold:
    """`marks`: writes on what it stands on, refused when that is not there. `id`: of a hold that a restore lost.

    Raises RoleMissing, ShopNotFound, SubjectInvalid, SubjectUnknown.
    """
    principal.require_role("operator")
    rules.check_subject(subject)
    hold = Hold(
        id=id or ids.new_id(now),
        shop=shops.known_shop(shop).id,
        subject=subject,
        reason=reason,
        placed_by=principal.label,
        placed_at=now,
    )
    if hold.kind == "customer":
        hold = replace(hold, **_left(hold))
    writes = [transaction.put(models.new_hold(hold)), *marks(hold)]
    storage.put_in_ledger(hold)
    try:
        _record(writes, hold, "hold.placed", principal, Told(reason, now))
    except TransactionLost as lost:
        storage.forget(hold.id)
        raise SubjectUnknown(f"The shop has no such {hold.kind}, or it is being removed.", "subject") from lost
    return hold


def place_on(
    found: OfShop | None,
    subject: str,
    marks: Marks,
    *,
    principal: Principal,
    reason: str,
    now: datetime,
    shop: str | None = None,
    hold_id: str | None = None,
) -> Hold:
    """On a row, if there is one and it is of the shop, where that is told. Raises RoleMissing, SubjectUnknown."""
    principal.require_role("operator")
    if found is None or shop not in (None, found.shop):
        raise SubjectUnknown(f"The shop has no such {subject.partition(':')[0]}.", "subject")
    return place(shop=found.shop, subject=subject, marks=marks, principal=principal, reason=reason, now=now, id=hold_id)


def place_on_customer(
    *, shop: str, customer: str, principal: Principal, reason: str, now: datetime, id: str | None = None
) -> Hold:
    """Also on one of whom nothing is known yet. From now on no purge begins that reads the row; what is marked refuses
    also one that began before. Raises RoleMissing, ShopNotFound, SubjectInvalid.
    """

    def marks(hold: Hold) -> list[Write]:
        row = keys.held_row(shop, hold.subject)
        return [transaction.update(HeldRow, row, [HeldRow.holds.add({hold.id})], None)]

    hold = place(
        shop=shop, subject=f"customer:{customer}", marks=marks, principal=principal, reason=reason, now=now, id=id
    )
    tell_domains(hold)
    return hold


def release(*, id: str, principal: Principal, reason: str, now: datetime) -> Hold:
    """A repeat changes nothing. What it stood on has a day of grace, at least. Raises RoleMissing, HoldUnknown."""
    principal.require_role("admin")
    hold = queries.hold_of(id)
    if not hold.stands:
        storage.note_release(id)
        return hold
    writes = [
        transaction.update(HoldRow, keys.hold_row(id), _released(hold, principal, reason, now), models.as_read(hold))
    ]
    if hold.kind == "customer":
        gone = [HeldRow.holds.delete({id})]
        writes.append(
            transaction.update(HeldRow, keys.held_row(hold.shop, hold.subject), gone, HeldRow.holds.contains(id))
        )
    try:
        _record(writes, hold, "hold.released", principal, Told(reason, now))
    except TransactionLost:
        # Somebody else was faster.
        return queries.hold_of(id)
    storage.note_release(id)
    released = queries.hold_of(id)
    tell_domains(released)
    return released


def _released(hold: Hold, principal: Principal, reason: str, now: datetime) -> list[Action]:
    left = [getattr(HoldRow, name).set(set(parts)) for name, parts in _left(hold).items()]
    return [
        HoldRow.released_at.set(now),
        HoldRow.released_by.set(principal.label),
        HoldRow.release_reason.set(reason),
        HoldRow.expires_at.set(int((now + rules.KEPT_FOR).timestamp())),
        *left,
        *models.looked_at(hold, now + rules.TOLD_AGAIN, now),
    ]


def _left(hold: Hold) -> Mapping[str, Any]:
    """What each domain that is deployed has to do, as far as is known now: to find out what."""
    domains = [domain for domain in rules.DOMAINS[hold.kind] if queues.exists(queues.of_task(SETTLE_HOLD[domain]))]
    return {models.LEFT[domain].attr_name: frozenset({rules.PLAN}) for domain in domains}


def _record(writes: Sequence[Write], hold: Hold, action: str, principal: Principal, told: Told) -> None:
    audit.record(
        writes,
        action=action,
        subject=hold.audited,
        principal=principal,
        reason=told.reason,
        now=told.now,
        details={"hold": hold.id},
    )
