"""Rows of projects: a head per project, a row per version, an intent per save that takes photos."""

from datetime import datetime

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import due
from imagestore.common.rows import InstantAttribute, Item
from projects import keys, rules
from projects.records import LIVING, Head, Intent, Move, ProjectState, Seen, Version


class ProjectRow(Item):
    """The head, under 1 KB: it moves from version to version by conditional updates."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    state = UnicodeAttribute()
    version = NumberAttribute()
    held_rev = NumberAttribute()
    current = UnicodeAttribute()
    created_at = InstantAttribute()
    saved_at = InstantAttribute()
    saved_by = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    kind = UnicodeAttribute(null=True)
    trashed_at = InstantAttribute(null=True)
    restored_at = InstantAttribute(null=True)
    purge_after = InstantAttribute(null=True)
    accessed_at = InstantAttribute(null=True)
    extended_at = InstantAttribute(null=True)
    extended_until = InstantAttribute(null=True)
    warned_at = InstantAttribute(null=True)
    warned_until = InstantAttribute(null=True)
    held_by = UnicodeSetAttribute(null=True)
    archived_at = InstantAttribute(null=True)


class VersionRow(Item):
    """One save, put before the head moves to it. Its content never changes; pruning moves `previous` past what goes."""

    number = NumberAttribute()
    save_id = UnicodeAttribute()
    saved_at = InstantAttribute()
    saved_by = UnicodeAttribute()
    uses = BinaryAttribute(legacy_encoding=False)
    previous = UnicodeAttribute(null=True)
    content = BinaryAttribute(legacy_encoding=False, null=True)
    kind = UnicodeAttribute(null=True)
    digest = UnicodeAttribute(null=True)
    pages = NumberAttribute(null=True)


class IntentRow(Item):
    """Due until the save or pruning that wrote it is wholly done; whoever finds it later tidies up."""

    id = UnicodeAttribute()
    project = UnicodeAttribute()
    shop = UnicodeAttribute()
    uses = BinaryAttribute(legacy_encoding=False)
    versions = JSONAttribute()
    closed = BooleanAttribute(null=True)


class SharesRow(Item):
    """Beside the head, so that a purge finds every share of the project. At most 100, counted by the row itself."""

    shares = UnicodeSetAttribute(null=True)


class MoveRow(Item):
    """Due until the photos of a project that was moved to another customer have followed."""

    id = UnicodeAttribute()
    project = UnicodeAttribute()
    shop = UnicodeAttribute()
    owner = UnicodeAttribute()
    heir = UnicodeAttribute()


class ErasingRow(Item):
    """An erasure that has begun and not ended."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    owner = UnicodeAttribute()
    begun_at = InstantAttribute()
    replays = UnicodeAttribute(null=True)


class NoteRow(Item):
    """What an erasure was about to remove, put before it goes."""

    kind = UnicodeAttribute()
    items = JSONAttribute()


def standing() -> Condition:
    """A save may only be finished while its intent stands: once closed, its photos are being let go."""
    condition: Condition = IntentRow.pk.exists() & IntentRow.closed.does_not_exist()
    return condition


def waits_until(due_at: datetime, *, now: datetime, head: Head, ends_at: datetime | None = None) -> list[Action]:
    """`ends_at`: when it ends, if it is looked at before: to warn."""
    place = due.due(due_at, now=now, shop=head.shop, kind="project", id=head.id)
    return [
        ProjectRow.due_bucket.set(place.bucket),
        ProjectRow.due_sort.set(place.sort),
        ProjectRow.purge_after.set(ends_at or due_at),
    ]


def warned(now: datetime, until: datetime) -> list[Action]:
    return [ProjectRow.warned_at.set(now), ProjectRow.warned_until.set(until)]


def unwarned() -> list[Action]:
    return [ProjectRow.warned_at.remove(), ProjectRow.warned_until.remove()]


def extended(until: datetime, by_customer: datetime | None) -> list[Action]:
    """`by_customer`: when, if it was the customer who did."""
    return [
        ProjectRow.extended_until.set(until),
        *([ProjectRow.extended_at.set(by_customer)] if by_customer else []),
    ]


def unnoted(head: Head, now: datetime) -> Condition:
    """Open to the same customer, and not noted as opened within the last day."""
    condition: Condition = ProjectRow.accessed_at.does_not_exist()
    condition |= ProjectRow.accessed_at <= now - rules.ACCESSED_AGAIN
    condition &= active_of(head.owner)
    return condition


def as_looked_at(head: Head) -> Condition:
    """Neither saved nor opened, dated, extended or handed over since it was read."""
    condition: Condition = active_of(head.owner) & (ProjectRow.version == head.version)
    condition &= ProjectRow.due_sort == head.due_sort
    at = head.accessed_at
    condition &= ProjectRow.accessed_at == at if at else ProjectRow.accessed_at.does_not_exist()
    return condition


def as_seen(seen: Seen, *, takes_photos: bool) -> Condition:
    """Rule 1: the head is the one built on. New photos also need that nothing was released since they were taken."""
    condition: Condition = (ProjectRow.version == seen.version) & (ProjectRow.current == seen.save_id)
    if takes_photos:
        condition &= ProjectRow.held_rev == seen.held_rev
    return condition


def unmoved(head: Head) -> Condition:
    """Rule 2: neither saved nor released since it was read."""
    condition: Condition = (ProjectRow.version == head.version) & (ProjectRow.held_rev == head.held_rev)
    condition &= ProjectRow.state == head.state
    return condition


def active_of(owner: str) -> Condition:
    condition: Condition = (ProjectRow.state == ProjectState.ACTIVE) & (ProjectRow.owner == owner)
    return condition


def living_of(owner: str) -> Condition:
    """Whether or not it lies in the trash."""
    condition: Condition = ProjectRow.state.is_in(*LIVING) & (ProjectRow.owner == owner)
    return condition


def unheld() -> Condition:
    """No legal hold stands on the project itself."""
    condition: Condition = ProjectRow.held_by.does_not_exist()
    return condition


def belongs_to(shop: str, owner: str) -> list[Action]:
    """The project changes hands, in one update of its head."""
    return [ProjectRow.owner.set(owner), ProjectRow.owner_key.set(keys.projects_of_owner(shop, owner))]


def new_head(head: Head, due_at: datetime, ends_at: datetime | None = None) -> ProjectRow:
    place = due.due(due_at, now=head.created_at, shop=head.shop, kind="project", id=head.id)
    key = keys.head_row(head.id)
    return ProjectRow(
        key.pk,
        key.sk,
        owner_key=keys.projects_of_owner(head.shop, head.owner),
        owner_sort=head.id,
        attention_key=keys.projects_of_shop(head.shop, head.id),
        attention_sort=head.id,
        due_bucket=place.bucket,
        due_sort=place.sort,
        purge_after=ends_at or due_at,
        id=head.id,
        shop=head.shop,
        state=head.state,
        version=head.version,
        held_rev=head.held_rev,
        current=head.current,
        created_at=head.created_at,
        saved_at=head.saved_at,
        saved_by=head.saved_by,
        owner=head.owner,
        name=head.name,
        kind=head.kind,
    )


def new_version(project: str, version: Version) -> VersionRow:
    key = keys.version_row(project, version.number, version.save_id)
    return VersionRow(
        key.pk,
        key.sk,
        number=version.number,
        save_id=version.save_id,
        saved_at=version.saved_at,
        saved_by=version.saved_by,
        uses=version.uses,
        previous=version.previous,
        content=version.content,
        kind=version.kind,
        digest=version.digest,
        pages=version.pages or None,
    )


def new_intent(intent: Intent, now: datetime) -> IntentRow:
    key = keys.intent_row(intent.project, intent.id)
    place = due.due(now + rules.INTENT_RESTS, now=now, shop=intent.shop, kind="intent", id=intent.id)
    return IntentRow(
        key.pk,
        key.sk,
        due_bucket=place.bucket,
        due_sort=place.sort,
        id=intent.id,
        project=intent.project,
        shop=intent.shop,
        uses=intent.uses,
        versions=intent.versions,
    )


def new_move(move: Move, now: datetime) -> MoveRow:
    place = due.due(now + rules.INTENT_RESTS, now=now, shop=move.shop, kind="move", id=move.project)
    return MoveRow(
        *keys.move_row(move.project),
        due_bucket=place.bucket,
        due_sort=place.sort,
        id=move.id,
        project=move.project,
        shop=move.shop,
        owner=move.owner,
        heir=move.heir,
    )


def tombstone(now: datetime) -> list[Action]:
    """What stays of a purged project for two weeks: no personal data, no place in any index."""
    personal = (
        ProjectRow.owner, ProjectRow.name, ProjectRow.saved_by, ProjectRow.owner_key, ProjectRow.owner_sort,
        ProjectRow.attention_key, ProjectRow.attention_sort, ProjectRow.due_bucket, ProjectRow.due_sort,
        ProjectRow.purge_after,
    )  # fmt: skip
    return [
        ProjectRow.state.set(ProjectState.GONE),
        ProjectRow.expires_at.set(int((now + rules.TOMBSTONE).timestamp())),
        *(attribute.remove() for attribute in personal),
    ]
