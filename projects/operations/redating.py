"""A shop's policy was changed: its customers' projects are dated anew. Those of visits follow their visits."""

from datetime import datetime

from imagestore.common import browse, due, table
from imagestore.common.batches import in_parallel
from imagestore.common.redating import Redated, changes
from imagestore.common.retention import RetentionPolicy
from projects import keys, rules
from projects.models import ProjectRow, waits_until
from projects.records import LIVING, Head


def redate_owner(
    *, shop: str, owner: str, policy: RetentionPolicy, found: Redated, dry_run: bool, now: datetime
) -> None:
    """Idempotent: what is dated as it should be is left."""
    for heads in browse.every(ProjectRow, Head, "by_owner", keys.projects_of_owner(shop, owner)):
        mine = [head for head in heads if head.owner == owner and head.state in LIVING]
        for head in mine:
            found.met(head.id, head.purge_after, rules.dated_anew(head, policy, now).ends_at, now)
        if not dry_run:
            in_parallel(lambda head: _redate(head, policy, now), mine)


def _redate(head: Head, policy: RetentionPolicy, now: datetime) -> None:
    """Losing is well: it was saved, opened, removed or handed over since it was read.

    What ends as before may have to be looked at earlier, to warn of it.
    """
    anew = rules.dated_anew(head, policy, now)
    if changes(head.purge_after, anew.ends_at) or changes(due.dated_to(head.due_sort), anew.due_at):
        as_found = (ProjectRow.due_sort == head.due_sort) & (ProjectRow.state == head.state)
        actions = waits_until(max(anew.due_at, now), now=now, head=head, ends_at=max(anew.ends_at, now))
        table.update(ProjectRow, keys.head_row(head.id), actions, as_found, Head)
