"""How long a project is kept that its customer or staff extend, and who may. Pure."""

from dataclasses import replace
from datetime import datetime

from imagestore.common.retention import NEVER, Extension, Notice, RetentionPolicy, in_words
from projects import rules
from projects.errors import ExtensionRefused, ProjectExtended
from projects.records import Head, ProjectState


def until(head: Head, policy: RetentionPolicy, way: Extension) -> datetime:
    """Until when a customer or staff may keep an active project. Raises ExtensionRefused, ProjectExtended."""
    rule, since, _ = rules.ending(head, policy)
    ends_at = rules.trashed_on(head, policy)
    if ends_at is None or way not in rule.extend or rule.extend_by is None:
        who = "its customer" if way == Extension.CUSTOMER else "staff"
        raise ExtensionRefused(f"The shop's rule does not let {who} keep it longer.")
    if way == Extension.CUSTOMER and head.extended_at and head.extended_at >= since:
        text = f"It was extended once already, and is kept until {in_words(ends_at)}."
        raise ProjectExtended(text, ends_at=ends_at)
    return min(ends_at + rule.extend_by, since + NEVER)


def dated(head: Head, policy: RetentionPolicy, until: datetime, now: datetime) -> Notice:
    """When one that is kept until then ends, and is due. All of its milestones are to come."""
    later = replace(head, extended_until=until, warned_at=None, warned_until=None)
    return rules.dated(later, policy, now)


def is_allowed(head: Head, policy: RetentionPolicy, way: Extension) -> bool:
    """Whether it would be kept longer now."""
    if head.state != ProjectState.ACTIVE or head.customer is None:
        return False
    try:
        until(head, policy, way)
    except (ExtensionRefused, ProjectExtended):
        return False
    return True
