"""Projects of a visit that is over: its customer's after a login, dated by the shop's rule after a logout.

The visit's own row decides, as it does for files. Each step is conditional on the project still being the visit's, so
that repeats change nothing; a save that meets a hand-over finds its project again (`head_as_claimed`).
"""

from dataclasses import replace
from datetime import datetime

from imagestore.common import table
from imagestore.common.batches import in_parallel
from imagestore.identity import queries as shops
from projects import file_holds, keys, rules
from projects.file_holds import SessionState, UploadSession
from projects.models import ProjectRow, active_of, belongs_to, living_of, waits_until
from projects.queries import head_of
from projects.records import Head

PAGE = 100


def settle_visit(*, shop: str, session: str, now: datetime) -> int:
    """All projects of a visit; answers how many it changed. A visit that is open is left alone."""
    owner = f"session:{session}"
    visit = file_holds.visit_of_owner(shop, owner)
    if visit is None or visit.state == SessionState.OPEN:
        return 0
    changed, start = 0, None
    while True:
        page = table.query_index("by_owner", keys.projects_of_owner(shop, owner), limit=PAGE, start=start)
        heads = table.batch_get(ProjectRow, [entry.key for entry in page.items], Head, consistent=True)
        changed += sum(in_parallel(lambda head: _settle(head, visit, now), list(heads.values())))
        start = page.next
        if start is None:
            return changed


def hand_over(head: Head, visit: UploadSession) -> bool:
    """To the customer who claimed the visit. Its photos are held all the while, whoever owns them."""
    actions, condition = belongs_to(head.shop, visit.owner), living_of(head.owner)
    return table.update(ProjectRow, keys.head_row(head.id), actions, condition, Head).won


def head_as_claimed(id: str) -> Head | None:
    """A project as it stands; one of a visit that was claimed is handed over first."""
    head = head_of(id)
    visit = file_holds.visit_of_owner(head.shop, head.owner) if head else None
    if head is None or visit is None or visit.state != SessionState.CLAIMED:
        return head
    return replace(head, owner=visit.owner) if hand_over(head, visit) else head_of(id)


def _settle(head: Head, visit: UploadSession, now: datetime) -> bool:
    if head.owner != f"session:{visit.id}":
        return False
    if visit.state == SessionState.CLAIMED:
        return hand_over(head, visit)
    found = rules.ending_of_visit(head, visit.over_at, shops.known_shop(head.shop).policy)
    ends_at = max(found.due_at, visit.projects_until or visit.over_at)
    until = max(ends_at, now)
    otherwise_dated = (ProjectRow.purge_after > until) | (ProjectRow.purge_after < ends_at)
    actions, condition = waits_until(until, now=now, head=head), active_of(head.owner) & otherwise_dated
    return table.update(ProjectRow, keys.head_row(head.id), actions, condition, Head).won
