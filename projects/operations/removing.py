"""Trash and purge of projects. A trashed project keeps its photos; a purged one lets them go."""

from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import table
from imagestore.common.principal import Principal
from imagestore.common.retention import RetentionPolicy, Subject
from imagestore.common.rows import Item
from imagestore.identity import queries as shops
from projects import keys, packing, rules
from projects.errors import ProjectNotFound
from projects.models import (
    ProjectRow,
    SharesRow,
    active_of,
    as_looked_at,
    living_of,
    tombstone,
    unheld,
    unmoved,
    unwarned,
    waits_until,
)
from projects.operations.tidying import let_go, remove_versions
from projects.queries import policy_for, project_of, version_rows
from projects.records import Head, ProjectState, Shares


def trash(*, id: str, principal: Principal, now: datetime) -> Head:
    """Restorable for the policy's time; a repeat changes nothing. Raises ProjectNotFound."""
    head = project_of(principal, id)
    if head.state == ProjectState.TRASHED:
        return head
    policy = shops.known_shop(head.shop).policy
    outcome = table.update(ProjectRow, keys.head_row(id), _trashed(head, policy, now), active_of(head.owner), Head)
    if outcome.row is None or not (outcome.won or outcome.row.state == ProjectState.TRASHED):
        raise ProjectNotFound("There is no project with this id.")
    return outcome.row


def restore(*, id: str, principal: Principal, now: datetime) -> Head:
    """Out of the trash; its time runs anew from now. A repeat changes nothing. Raises ProjectNotFound."""
    head = project_of(principal, id)
    found = rules.restored(head, policy_for(head.shop, head.owner), now)
    actions = [
        ProjectRow.state.set(ProjectState.ACTIVE),
        ProjectRow.restored_at.set(now),
        ProjectRow.trashed_at.remove(),
        *waits_until(found.due_at, now=now, head=head, ends_at=found.ends_at),
        *unwarned(),
    ]
    trashed = (ProjectRow.state == ProjectState.TRASHED) & (ProjectRow.owner == head.owner)
    outcome = table.update(ProjectRow, keys.head_row(id), actions, trashed, Head)
    if outcome.row is None or not (outcome.won or outcome.row.state == ProjectState.ACTIVE):
        raise ProjectNotFound("There is no project with this id.")
    return outcome.row


def trash_by_rule(head: Head, policy: RetentionPolicy, now: datetime) -> bool:
    """False when it was saved, kept longer or trashed meanwhile."""
    actions, condition = _trashed(head, policy, now), as_looked_at(head)
    return table.update(ProjectRow, keys.head_row(head.id), actions, condition, Head).won


def purge(head: Head, now: datetime) -> bool:
    """Marks it, removes its shares, releases its photos, removes every version and document, and leaves a tombstone.

    False when it may not go. Interrupted anywhere, a repeat finishes it: the head stays due until it is gone.
    """
    permitted = (ProjectRow.state == ProjectState.TRASHED) & (ProjectRow.purge_after <= now)
    return _purge(head, permitted, now)


def erase(head: Head, now: datetime) -> bool:
    """As `purge`, at once: from the trash or not, whatever its time. False when it was changed since it was read."""
    return _purge(head, living_of(head.owner) & unmoved(head), now)


def _purge(head: Head, permitted: Condition, now: datetime) -> bool:
    """Intents stay until they are due: the save behind one may still take photos, which its intent then lets go."""
    if head.state != ProjectState.DELETING and not _mark_deleting(head, permitted, now):
        return False
    _remove_shares(head.id)
    rows = version_rows(head.id)
    photos = {photo for row in rows for photo in packing.files_in(row.uses).values()}
    let_go(head.id, head.shop, photos, now)
    remove_versions(head.id, head.shop, rows)
    deleting = ProjectRow.state == ProjectState.DELETING
    return table.update(ProjectRow, keys.head_row(head.id), tombstone(now), deleting, Head).won


def _mark_deleting(head: Head, permitted: Condition, now: datetime) -> bool:
    actions = [ProjectRow.state.set(ProjectState.DELETING), *waits_until(now, now=now, head=head)]
    return table.update(ProjectRow, keys.head_row(head.id), actions, permitted & unheld(), Head).won


def _remove_shares(id: str) -> None:
    """The row that names them last. No new one comes: it needs an active head."""
    key = keys.shares_row(id)
    found = table.get(SharesRow, key, Shares, consistent=True)
    if found is None:
        return
    for entry in found.shares:
        table.delete(Item, keys.share_of_entry(entry))
    table.delete(SharesRow, key)


def _trashed(head: Head, policy: RetentionPolicy, now: datetime) -> list[Action]:
    return [
        ProjectRow.state.set(ProjectState.TRASHED),
        ProjectRow.trashed_at.set(now),
        *waits_until(now + policy.keep(Subject.TRASHED_PROJECT), now=now, head=head),
    ]
