"""What shops are told of projects: writes that join the change itself, so that none is lost between the two."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from imagestore.common.principal import Principal
from imagestore.common.retention import Extension, Notice, RetentionPolicy, duration
from imagestore.common.transaction import Write
from imagestore.identity import issued
from imagestore.identity.issued import Issued
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks.event_types import EventType
from projects import extensions, rules
from projects.operations.attempts import Attempt
from projects.records import Head

A_MOMENT = timedelta(milliseconds=1)
"""By which ids tell what came first."""


def saved_event(attempt: Attempt) -> list[Write]:
    """None for a shop that does not want it: then a save costs what it always does."""
    place, version = attempt.place, attempt.version
    data = {"project_id": place.id, "owner": place.owner, "version": version.number, "kind": version.kind}
    return webhooks.announce(
        shop=place.shop,
        type=EventType.PROJECT_SAVED,
        subject=f"project:{place.id}",
        data=data,
        now=version.saved_at,
    )


def expiring_event(head: Head, policy: RetentionPolicy, found: Notice, now: datetime) -> list[Write]:
    """Of an active project of a customer, at a milestone. None: the shop has nobody who wants to be told."""
    told = {
        "action": rules.ending(head, policy).rule.then.value,
        "ends_at": _moment(found.ends_at),
        "before": duration(found.before),
        "extend_url": _link(head, policy, found.ends_at, now),
    }
    return _told(EventType.PROJECT_EXPIRING, head, told, now)


def extended_event(head: Head, ends_at: datetime | None, now: datetime) -> list[Write]:
    """Takes back what a warning said, and comes after it, though the call may have begun before."""
    after = max(now, head.warned_at + A_MOMENT) if head.warned_at else now
    return _told(EventType.PROJECT_EXTENDED, head, {"ends_at": _moment(ends_at) if ends_at else None}, after)


def _told(type: EventType, head: Head, told: Mapping[str, Any], now: datetime) -> list[Write]:
    data = {"project_id": head.id, "owner": head.owner, **told}
    return webhooks.announce(shop=head.shop, type=type, subject=f"project:{head.id}", data=data, now=now)


def _link(head: Head, policy: RetentionPolicy, ends_at: datetime, now: datetime) -> str | None:
    """Good until the project goes, for its customer of this moment, who may extend it."""
    if not extensions.is_allowed(head, policy, Extension.CUSTOMER):
        return None
    who = Principal(kind="customer", shop=head.shop, customer=head.customer)
    token = issued.issue(Issued("extension", who, ends_at, head.id), now=now)
    return f"{settings.IMAGESTORE_PUBLIC_URL}/extend/{token}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
