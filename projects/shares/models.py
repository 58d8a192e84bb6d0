"""Rows of shares: one per share under the digest of its token, and one for passwords that were tried on it."""

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from imagestore.common.rows import InstantAttribute, Item
from projects.keys import share_row
from projects.shares import rules
from projects.shares.records import Share


class ShareRow(Item):
    """Ends by TTL if it has an end; it owns no bytes."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    project = UnicodeAttribute()
    mode = UnicodeAttribute()
    created_at = InstantAttribute()
    label = UnicodeAttribute(null=True)
    password = UnicodeAttribute(null=True)
    ends_at = InstantAttribute(null=True)
    used_at = InstantAttribute(null=True)
    uses = NumberAttribute(null=True)


class AttemptsRow(Item):
    """Ends by TTL, and readers check it."""

    number = NumberAttribute()
    wrong = NumberAttribute()


def new_share(share: Share, digest: str) -> ShareRow:
    return ShareRow(
        *share_row(digest),
        expires_at=int(share.ends_at.timestamp()) if share.ends_at else None,
        id=share.id,
        shop=share.shop,
        project=share.project,
        mode=share.mode,
        created_at=share.created_at,
        label=share.label or None,
        password=share.password,
        ends_at=share.ends_at,
    )


def good_at(now: datetime) -> Condition:
    """Neither revoked nor ended."""
    condition: Condition = ShareRow.pk.exists() & (ShareRow.ends_at.does_not_exist() | (ShareRow.ends_at > now))
    return condition


def unnoted(now: datetime) -> Condition:
    """In use, and not noted as such within the last hour."""
    condition: Condition = ShareRow.used_at.does_not_exist() | (ShareRow.used_at <= now - rules.NOTED_AGAIN)
    condition &= ShareRow.pk.exists()
    return condition


def seconds(instant: datetime) -> int:
    return int(instant.timestamp())
