"""Warning customers before their project goes, and taking that back once it is kept longer.

That somebody was warned is noted with the outbox's row of the event, in one transaction: each milestone is told once,
whoever else looks at the project at that moment, and whatever is interrupted.
"""

from datetime import datetime

from pynamodb.expressions.update import Action

from imagestore.common import table, transaction
from imagestore.common.retention import Notice, RetentionPolicy
from imagestore.common.transaction import TransactionLost, Write
from imagestore.webhooks import operations as webhooks
from projects import keys, models, queries, rules
from projects.models import ProjectRow, as_looked_at, waits_until
from projects.operations.announcing import expiring_event, extended_event
from projects.records import Head, ProjectState
from projects.rules import Step


def warn(head: Head, policy: RetentionPolicy, found: Notice, now: datetime, *, dry_run: bool) -> str:
    """UNWARNED where nobody wants to be told: then the project stays, and is looked at again in a day."""
    told = expiring_event(head, policy, found, now)
    step = Step.WARN if told else Step.UNWARNED
    if dry_run:
        return step
    if told:
        done = _commit(head, [*_dated(head, found, now), *models.warned(now, found.ends_at)], told)
    else:
        done = re_date(head, policy, Notice(head.purge_after or found.ends_at, now + rules.UNWARNED_AGAIN), now)
    return step if done else "skipped"


def re_date(head: Head, policy: RetentionPolicy, found: Notice, now: datetime) -> bool:
    """To when it is due next. Whoever was warned of an earlier end is told that it is kept longer."""
    if head.state == ProjectState.ACTIVE and head.warned and not head.warned.holds(found.ends_at):
        return _commit(head, *taken_back(head, policy, found, now))
    as_found = ProjectRow.due_sort == head.due_sort
    return table.update(ProjectRow, keys.head_row(head.id), _dated(head, found, now), as_found, Head).won


def take_back(head: Head, now: datetime) -> None:
    """After a change of the head: if it ends later than its customer was warned of, that is told. A crash before this
    leaves it to the sweep."""
    if head.warned is None or head.customer is None:
        return
    policy = queries.policy_for(head.shop, head.owner)
    found = rules.dated(head, policy, now)
    if not head.warned.holds(found.ends_at):
        _commit(head, *taken_back(head, policy, found, now))


def taken_back(head: Head, policy: RetentionPolicy, found: Notice, now: datetime) -> tuple[list[Action], list[Write]]:
    """What dates a head that is kept longer from now on, and what tells whoever was warned of it."""
    told = extended_event(head, found.ends_at if rules.ending(head, policy).at else None, now) if head.warned else []
    return [*_dated(head, found, now), *models.unwarned()], told


def _commit(head: Head, actions: list[Action], told: list[Write]) -> bool:
    """False when somebody else was faster."""
    try:
        transaction.commit([transaction.update(ProjectRow, keys.head_row(head.id), actions, as_looked_at(head)), *told])
    except TransactionLost:
        return False
    webhooks.send(told)
    return True


def _dated(head: Head, found: Notice, now: datetime) -> list[Action]:
    return waits_until(found.due_at, now=now, head=head, ends_at=found.ends_at)
