"""Archiving a project: its photos move to a colder storage class, from where they are read as before.

What something else uses, too, stays where it is. The project itself stays what it is: it is loaded, saved, shared and
ordered as any other.
"""

from datetime import datetime

from imagestore.common import table
from imagestore.common.retention import RetentionPolicy
from projects import file_holds, keys, packing, rules
from projects.models import ProjectRow, as_looked_at, waits_until
from projects.queries import version_rows
from projects.records import Head


def archive_by_rule(head: Head, policy: RetentionPolicy, now: datetime) -> bool:
    """False when it was saved, opened or trashed meanwhile: what was archived of it until then stays so. Interrupted
    anywhere, a repeat goes on with the photos that are left."""
    photos = {photo for row in version_rows(head.id) for photo in packing.files_in(row.uses).values()}
    file_holds.archive(photos=photos, holder=keys.holder(head.id), now=now)
    again = rules.archived_again(rules.ending(head, policy), now).due_at
    actions = [ProjectRow.archived_at.set(now), *waits_until(again, now=now, head=head)]
    return table.update(ProjectRow, keys.head_row(head.id), actions, as_looked_at(head), Head).won
