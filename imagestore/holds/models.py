"""Rows of legal holds: one for each, and one for each customer on whom any stands."""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import due
from imagestore.common.rows import InstantAttribute, Item
from imagestore.holds import keys, rules
from imagestore.holds.records import Hold


class HoldRow(Item):
    """Due while items are still to be marked, or unmarked."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    subject = UnicodeAttribute()
    reason = UnicodeAttribute()
    placed_by = UnicodeAttribute()
    placed_at = InstantAttribute()
    released_by = UnicodeAttribute(null=True)
    released_at = InstantAttribute(null=True)
    release_reason = UnicodeAttribute(null=True)
    left_in_files = UnicodeSetAttribute(null=True)
    left_in_projects = UnicodeSetAttribute(null=True)


class HeldRow(Item):
    holds = UnicodeSetAttribute(null=True)


LEFT = {"files": HoldRow.left_in_files, "projects": HoldRow.left_in_projects}


def new_hold(hold: Hold) -> HoldRow:
    row = HoldRow(
        *keys.hold_row(hold.id),
        attention_key=keys.holds_of_shop(hold.shop),
        attention_sort=hold.id,
        id=hold.id,
        shop=hold.shop,
        subject=hold.subject,
        reason=hold.reason,
        placed_by=hold.placed_by,
        placed_at=hold.placed_at,
        left_in_files=set(hold.left_in_files) or None,
        left_in_projects=set(hold.left_in_projects) or None,
    )
    if hold.left_in_files or hold.left_in_projects:
        place = _due(hold, hold.placed_at + rules.TOLD_AGAIN, hold.placed_at)
        row.due_bucket, row.due_sort = place.bucket, place.sort
    return row


def looked_at(hold: Hold, due_at: datetime, now: datetime) -> list[Action]:
    place = _due(hold, due_at, now)
    return [HoldRow.due_bucket.set(place.bucket), HoldRow.due_sort.set(place.sort)]


def looked_at_no_more() -> list[Action]:
    return [HoldRow.due_bucket.remove(), HoldRow.due_sort.remove()]


def as_read(hold: Hold) -> Condition:
    """Whether it stands did not change since it was read."""
    there: Condition = HoldRow.pk.exists() & (
        HoldRow.released_at.does_not_exist() if hold.stands else HoldRow.released_at.exists()
    )
    return there


def nothing_left() -> Condition:
    condition: Condition = HoldRow.left_in_files.does_not_exist() & HoldRow.left_in_projects.does_not_exist()
    return condition


def _due(hold: Hold, due_at: datetime, now: datetime) -> due.Due:
    return due.due(due_at, now=now, shop=hold.shop, kind="hold", id=hold.id)
