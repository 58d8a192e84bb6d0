"""Keeping a project longer than its rule says: by its customer once in a lifetime, by staff as often as they like.

A link in a warning does so for whoever has it. It answers the same however often it is followed: it changes nothing
once the project outlives what that warning said.
"""

from datetime import datetime

from imagestore.audit import operations as audit
from imagestore.common import transaction
from imagestore.common.principal import Principal
from imagestore.common.retention import Extension
from imagestore.common.transaction import TransactionLost, Write
from imagestore.webhooks import operations as webhooks
from projects import extensions, keys, queries
from projects.errors import ProjectBusy, ProjectNotActive, ProjectNotFound, ProjectOfVisit
from projects.models import ProjectRow, as_looked_at, extended
from projects.operations import handing
from projects.operations.warning import taken_back
from projects.queries import ExtensionLink
from projects.records import LIVING, Extended, Head, ProjectState

TRIES = 5


def extend(*, id: str, principal: Principal, now: datetime) -> Extended:
    """By its customer, or by the shop's server for that one. Raises ProjectNotFound, ProjectNotActive, ProjectOfVisit,
    ExtensionRefused, ProjectExtended, ProjectBusy.
    """
    for _ in range(TRIES):
        head = queries.project_of(principal, id)
        if done := _as_customer(head, now):
            return done
    raise _busy()


def extend_by_link(*, link: ExtensionLink, now: datetime) -> Extended:
    """Raises ExtensionNotFound, ExtensionRefused, ProjectBusy."""
    for _ in range(TRIES):
        if link.extends_to is None:
            return Extended(link.head.id, link.ends_at)
        if done := _as_customer(link.head, now):
            return done
        link = queries.extension_link(link.token, now)
    raise _busy()


def extend_as_staff(*, id: str, principal: Principal, reason: str, now: datetime) -> Extended:
    """Raises ProjectNotFound, ProjectNotActive, ProjectOfVisit, ExtensionRefused, ProjectBusy."""
    principal.require_role("support")
    head = handing.head_as_claimed(id)
    if head is None or head.state not in LIVING:
        raise ProjectNotFound("There is no project with this id.")
    ends_at, write, told = _longer(head, Extension.STAFF, now)
    try:
        audit.record(
            [write, *told],
            action="project.extended",
            subject=f"project:{id}",
            principal=principal,
            reason=reason,
            now=now,
            details={"until": ends_at.isoformat()},
        )
    except TransactionLost as lost:
        raise _busy() from lost
    webhooks.send(told)
    return Extended(id, ends_at)


def _as_customer(head: Head, now: datetime) -> Extended | None:
    """None when somebody else changed it at this moment."""
    ends_at, write, told = _longer(head, Extension.CUSTOMER, now)
    try:
        transaction.commit([write, *told])
    except TransactionLost:
        return None
    webhooks.send(told)
    return Extended(head.id, ends_at)


def _longer(head: Head, way: Extension, now: datetime) -> tuple[datetime, Write, list[Write]]:
    """When it ends from now on, the head's change, and what tells whoever was warned."""
    if head.state != ProjectState.ACTIVE:
        raise ProjectNotActive("The project is in the trash; restore it instead.", state=head.state)
    if head.customer is None:
        raise ProjectOfVisit("The project is a guest's: it goes with the visit.")
    policy = queries.policy_for(head.shop, head.owner)
    until = extensions.until(head, policy, way)
    found = extensions.dated(head, policy, until, now)
    dating, told = taken_back(head, policy, found, now)
    actions = [*extended(until, now if way == Extension.CUSTOMER else None), *dating]
    return found.ends_at, transaction.update(ProjectRow, keys.head_row(head.id), actions, as_looked_at(head)), told


def _busy() -> ProjectBusy:
    return ProjectBusy("The project is being changed by too many at once; try again.")
