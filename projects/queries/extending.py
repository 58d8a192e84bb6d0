"""What a link in a warning does for whoever has it."""

from dataclasses import dataclass
from datetime import datetime

from imagestore.common.retention import Extension
from imagestore.identity import issued
from imagestore.identity.errors import TokenExpired, TokenInvalid
from projects import extensions, rules
from projects.errors import ExtensionNotFound, ProjectExtended
from projects.queries.heads import head_of
from projects.queries.purchases import policy_for
from projects.records import Head, ProjectState


@dataclass(frozen=True, slots=True)
class ExtensionLink:
    """`ends_at`: when the project goes as things are, None for never. `extends_to`: None when nothing needs to be done,
    for the project outlives what its customer was warned of."""

    token: str
    head: Head
    ends_at: datetime | None
    extends_to: datetime | None


def extension_link(token: str, now: datetime) -> ExtensionLink:
    """Raises ExtensionNotFound, also for a project that is in the trash or another's by now; ExtensionRefused."""
    head = _head(token, now)
    policy = policy_for(head.shop, head.owner)
    ends_at = rules.trashed_on(head, policy)
    if head.warned is None or not head.warned.holds(rules.promised_until(head, policy)):
        return ExtensionLink(token, head, ends_at, None)
    try:
        return ExtensionLink(token, head, ends_at, extensions.until(head, policy, Extension.CUSTOMER))
    except ProjectExtended:
        return ExtensionLink(token, head, ends_at, None)


def may_extend(head: Head, way: Extension) -> bool:
    """Whether the shop's rule lets a customer or staff do so now."""
    return extensions.is_allowed(head, policy_for(head.shop, head.owner), way)


def _head(token: str, now: datetime) -> Head:
    try:
        read = issued.read(token, use="extension", now=now)
    except (TokenExpired, TokenInvalid) as error:
        raise _no_such_link() from error
    head, who = head_of(read.id), read.principal
    if head is None or (head.shop, head.owner) != (who.shop, f"customer:{who.customer}"):
        raise _no_such_link()
    if head.state != ProjectState.ACTIVE:
        raise _no_such_link()
    return head


def _no_such_link() -> ExtensionNotFound:
    return ExtensionNotFound("This link has run out, or is not complete.")
