"""What happens to a project, when, by which rule and because of what."""

from collections.abc import Iterator
from dataclasses import replace

from imagestore.common import held_back
from imagestore.common.retention import (
    PROMISED,
    Action,
    Ending,
    Explained,
    Extension,
    RetentionPolicy,
    Rule,
    Subject,
    about_visit,
    duration,
    explain,
    in_archive,
    in_words,
)
from imagestore.holds import queries as holds
from imagestore.holds.rules import holder, told
from imagestore.webhooks import queries as webhooks
from imagestore.webhooks.event_types import EventType
from projects import extensions, file_holds, rules
from projects.file_holds import SessionState, UploadSession
from projects.queries.purchases import policy_for
from projects.records import LIVING, Head, ProjectState

AFTER_WARNING = "It stays until {}: as long as the rule says after the last warning, whenever that is sent."
UNWARNED = "Its customer is to be warned, but no endpoint of the shop wants project.expiring. Until one does, it stays."


def explained(head: Head) -> Explained:
    """As the sweep will decide, and what holds it back."""
    return held_back.told(_explained(head), head.shop)


def _explained(head: Head) -> Explained:
    policy = policy_for(head.shop, head.owner)
    visit = file_holds.visit_of_owner(head.shop, head.owner)
    if head.state not in LIVING:
        return Explained(("It is being removed, or gone.",))
    if kept := head.held_by | holds_on(visit, head.shop, head.owner):
        return held(kept)
    if head.state == ProjectState.TRASHED:
        return explain(rules.ending(head, policy), "Until then it may be restored.", not_before=head.purge_after)
    return _of_customer(head, policy) if head.customer is not None else _of_visit(head, visit, policy)


def _of_customer(head: Head, policy: RetentionPolicy) -> Explained:
    ending, found, promised = (
        rules.ending(head, policy),
        rules.expected(head, policy),
        rules.promised_until(head, policy),
    )
    if ending.rule.then == Action.ARCHIVE:
        return _archived(head, ending)
    also = [*_about_extensions(head, policy, ending.rule), in_trash(policy)]
    if found.warns_at and not webhooks.wanting(head.shop, EventType.PROJECT_EXPIRING):
        return replace(explain(ending, UNWARNED, *also), next=None, at=None)
    warned_at = head.warned_at if head.warned and head.warned.holds(promised) else None
    if found.warns_at:
        also.insert(0, f"Its customer is warned on {in_words(found.warns_at)}.")
    if warned_at:
        also.insert(0, f"Its customer was warned on {in_words(warned_at)}.")
    by_rule = found.ends_at == promised != head.warned_until
    why = PROMISED if by_rule else AFTER_WARNING
    said = explain(ending, *also, not_before=found.ends_at, why=why)
    return replace(said, warned_at=warned_at, warns_at=found.warns_at)


def _archived(head: Head, ending: Ending) -> Explained:
    """Before, and after."""
    if head.archived_at is None or not ending.is_archived(head.archived_at):
        return explain(ending, "It stays and reads as before.", not_before=head.purge_after)
    stays = f"Nothing else happens to it; what becomes free of other use follows on {in_words(ending.due_at)}."
    return explain(ending._replace(at=None), in_archive(head.archived_at), stays)


def _about_extensions(head: Head, policy: RetentionPolicy, rule: Rule) -> Iterator[str]:
    for way, who in ((Extension.CUSTOMER, "Its customer may extend it once"), (Extension.STAFF, "Staff may extend it")):
        if extensions.is_allowed(head, policy, way):
            yield f"{who}, by {duration(rule.extend_by)}."


def holds_on_owner(shop: str, owner: str) -> frozenset[str]:
    """Ids of the legal holds on the customer whose the owner is: itself, or a visit that one opened or claimed."""
    return holds_on(file_holds.visit_of_owner(shop, owner), shop, owner)


def holds_on(visit: UploadSession | None, shop: str, owner: str) -> frozenset[str]:
    """As `holds_on_owner`, for who has read the visit, if it is one's."""
    return holds.on_owner(shop, f"customer:{visit.customer}" if visit and visit.customer else owner)


def held(kept: frozenset[str]) -> Explained:
    """By legal holds, whatever the rules say."""
    return Explained((told(kept),), held_by=tuple(sorted(map(holder, kept))))


def in_trash(policy: RetentionPolicy) -> str:
    return f"In the trash it is kept {duration(policy.keep(Subject.TRASHED_PROJECT))} and may be restored."


def _of_visit(head: Head, visit: UploadSession | None, policy: RetentionPolicy) -> Explained:
    if visit and visit.state == SessionState.CLAIMED:
        return Explained(("Its visit was claimed by a customer, who gets it now.",))
    over = visit is None or visit.state == SessionState.ENDED
    found = rules.ending_of_visit(head, visit.over_at if visit else None, policy)
    # Its date is set anew when the visit ends.
    dated = head.purge_after if over else None
    return explain(found, about_visit(found, over=over), in_trash(policy), not_before=dated)
