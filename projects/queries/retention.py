"""What happens to a project, when, by which rule and because of what."""

from imagestore.common import due
from imagestore.common.retention import Clock, Explained, RetentionPolicy, Subject, duration, explain
from imagestore.identity import queries as shops
from projects import file_holds, rules
from projects.file_holds import SessionState, UploadSession
from projects.records import LIVING, Head, ProjectState


def explained(head: Head) -> Explained:
    """As the sweep will decide."""
    policy = shops.known_shop(head.shop).policy
    visit = file_holds.visit_of_owner(head.shop, head.owner)
    if head.state not in LIVING:
        return Explained(("It is being removed, or gone.",))
    if head.state == ProjectState.TRASHED:
        return explain(rules.ending(head, policy), "Until then it may be restored.", not_before=head.purge_after)
    return _of_visit(visit, policy) if visit else _of_customer(head, policy)


def _of_customer(head: Head, policy: RetentionPolicy) -> Explained:
    return explain(rules.ending(head, policy), in_trash(policy), not_before=due.dated_to(head.due_sort))


def in_trash(policy: RetentionPolicy) -> str:
    return f"In the trash it is kept {duration(policy.keep(Subject.TRASHED_PROJECT))} and may be restored."


def _of_visit(visit: UploadSession, policy: RetentionPolicy) -> Explained:
    if visit.state == SessionState.CLAIMED:
        return Explained(("Its visit was claimed by a customer, who gets it now.",))
    ends = policy.ending(Subject.GUEST_PROJECT, {Clock.ENTERED: visit.ended_at or visit.ends_at})
    return explain(ends, "It goes with its visit, which ends then.", in_trash(policy))
