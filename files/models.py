"""Rows of files: attributes, and the conditional updates that change them."""

from datetime import datetime

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from files import keys, rules
from files.records import File, FileState, UploadSession
from imagestore.common import due
from imagestore.common.rows import InstantAttribute, Item


class FileRow(Item):
    """One file, under 1 KB. In `by_due` while something is to be done with it one day, so not while it is held."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    owner = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    size = NumberAttribute()
    created_at = InstantAttribute()
    name = UnicodeAttribute(null=True)
    content_type = UnicodeAttribute(null=True)
    sha256 = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    orientation = NumberAttribute(null=True)
    color_profile = UnicodeAttribute(null=True)
    taken_at = UnicodeAttribute(null=True)
    stored_at = InstantAttribute(null=True)
    released_at = InstantAttribute(null=True)
    trashed_at = InstantAttribute(null=True)
    rejected_at = InstantAttribute(null=True)
    reason_code = UnicodeAttribute(null=True)
    reason_text = UnicodeAttribute(null=True)
    holders = UnicodeSetAttribute(null=True)
    purge_after = InstantAttribute(null=True)
    object_version = UnicodeAttribute(null=True)
    by_run = UnicodeAttribute(null=True)
    charged = NumberAttribute(null=True)
    keep_until = InstantAttribute(null=True)
    form = BooleanAttribute(null=True)
    upload_id = UnicodeAttribute(null=True)
    link = UnicodeAttribute(null=True)
    decoded_at = InstantAttribute(null=True)
    claimed_until = InstantAttribute(null=True)
    camera = UnicodeAttribute(null=True)
    dpi = NumberAttribute(null=True)
    location = UnicodeAttribute(null=True)
    renditions = UnicodeSetAttribute(null=True)
    archived_at = InstantAttribute(null=True)


class RenditionsRow(Item):
    """When a file's renditions go. Always in `by_due`, and there only where a rule of the shop ends them."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    made_at = InstantAttribute()
    removing = UnicodeSetAttribute(null=True)


class OwnerRow(Item):
    """A customer (or upload session) of a shop, and what it uses of its quota."""

    shop = UnicodeAttribute()
    owner = UnicodeAttribute()
    created_at = InstantAttribute()
    email = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    used_files = NumberAttribute()
    used_bytes = NumberAttribute()
    reserved_at = InstantAttribute(null=True)
    claimed_session = UnicodeAttribute(null=True)
    noted_at = InstantAttribute(null=True)
    noted_files = NumberAttribute(null=True)
    noted_bytes = NumberAttribute(null=True)
    recounted_at = InstantAttribute(null=True)


class SessionRow(Item):
    """An upload session. What it uses of its quota stands here until a customer claims it. Always in `by_due`."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    state = UnicodeAttribute()
    created_at = InstantAttribute()
    ends_at = InstantAttribute()
    customer = UnicodeAttribute(null=True)
    used_files = NumberAttribute(default=0)
    used_bytes = NumberAttribute(default=0)
    claimed_at = InstantAttribute(null=True)
    charge_moved_at = InstantAttribute(null=True)
    ended_at = InstantAttribute(null=True)
    files_until = InstantAttribute(null=True)
    projects_until = InstantAttribute(null=True)
    settled_at = InstantAttribute(null=True)


class HandoffRow(Item):
    """Ends by TTL; it owns no bytes."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    session = UnicodeAttribute()
    created_at = InstantAttribute()
    ends_at = InstantAttribute()
    most_files = NumberAttribute()
    left_files = NumberAttribute()
    revoked_at = InstantAttribute(null=True)
    keep_until = InstantAttribute(null=True)


class UploadsRow(Item):
    """Counts of one hour, added to once for each batch. For people, not for accounts: a lost update is not repeated."""

    stored = NumberAttribute()
    rejected = NumberAttribute()
    stored_bytes = NumberAttribute()


def waits_until(due_at: datetime, *, now: datetime, shop: str, id: str) -> list[Action]:
    """The file is looked at, and may be trashed or purged, from `due_at` on."""
    return [*looked_at(due_at, now=now, shop=shop, id=id), FileRow.purge_after.set(due_at)]


def looked_at(due_at: datetime, *, now: datetime, shop: str, id: str) -> list[Action]:
    """The sweep looks at the file from `due_at` on; what it may do then is another matter."""
    place = due.due(due_at, now=now, shop=shop, kind="file", id=id)
    return [FileRow.due_bucket.set(place.bucket), FileRow.due_sort.set(place.sort)]


def renditions_wait(due_at: datetime, *, now: datetime, shop: str, id: str) -> list[Action]:
    place = due.due(due_at, now=now, shop=shop, kind="rendition", id=id)
    return [RenditionsRow.due_bucket.set(place.bucket), RenditionsRow.due_sort.set(place.sort)]


def made_renditions(file: File, made_at: datetime, due_at: datetime, now: datetime) -> list[Action]:
    facts = [RenditionsRow.id.set(file.id), RenditionsRow.shop.set(file.shop), RenditionsRow.made_at.set(made_at)]
    return [*facts, *renditions_wait(due_at, now=now, shop=file.shop, id=file.id)]


def released_until(due_at: datetime, *, now: datetime, shop: str, id: str) -> list[Action]:
    """As `waits_until`, but a file that is due already stays where it is: it may be undecoded, and is looked at
    earlier then. Whoever looks sends it on to the date that it should have.
    """
    place = due.due(due_at, now=now, shop=shop, kind="file", id=id)
    return [
        FileRow.due_bucket.set(FileRow.due_bucket | place.bucket),
        FileRow.due_sort.set(FileRow.due_sort | place.sort),
        FileRow.purge_after.set(due_at),
    ]


def waits_no_more() -> list[Action]:
    return [FileRow.due_bucket.remove(), FileRow.due_sort.remove(), FileRow.purge_after.remove()]


def belongs_to(shop: str, owner: str) -> list[Action]:
    """The file changes hands; its place in the new owner's list is that of its birth."""
    return [FileRow.owner.set(owner), FileRow.owner_key.set(keys.files_of_owner(shop, owner))]


def impersonal(name: str) -> list[Action]:
    """What a photo tells of who took it and sent it is forgotten; what is needed to print it stays."""
    told = (FileRow.taken_at, FileRow.camera, FileRow.location, FileRow.keep_until, FileRow.link)
    return [FileRow.name.set(name), *(attribute.remove() for attribute in told)]


def in_state(*states: FileState) -> Condition:
    condition: Condition = FileRow.state.is_in(*states)
    return condition


def undecoded() -> Condition:
    condition: Condition = FileRow.decoded_at.does_not_exist()
    return condition


def decoded() -> Condition:
    condition: Condition = FileRow.decoded_at.exists()
    return condition


def unclaimed(now: datetime) -> Condition:
    """Nobody is at work on the file's bytes, or whoever was is dead by now."""
    condition: Condition = FileRow.claimed_until.does_not_exist() | (FileRow.claimed_until <= now)
    return condition


def claimed_by(file: File) -> Condition:
    """Still by whoever read `file` when claiming it."""
    condition: Condition = FileRow.claimed_until == file.claimed_until
    return condition


def unheld_and_permitted(now: datetime, *states: FileState) -> Condition:
    """Rule 3: nothing is trashed by rule or purged that something holds, or before its time."""
    condition: Condition = FileRow.holders.does_not_exist() & (FileRow.purge_after <= now) & in_state(*states)
    return condition


def may_hold(*, shop: str, owner: str, source: str | None, holder: str) -> Condition:
    """The file belongs to the same shop and to the owner or the source's holder, and has room for one more."""
    belongs = FileRow.owner == owner
    if source is not None:
        belongs = belongs | FileRow.holders.contains(source)
    room = (
        FileRow.holders.does_not_exist()
        | (size(FileRow.holders) < rules.MOST_HOLDERS)
        | FileRow.holders.contains(holder)
    )
    condition: Condition = (FileRow.shop == shop) & belongs & room
    return condition


def tombstone(now: datetime) -> list[Action]:
    """What stays of a purged file for two weeks: no personal data, no place in any index."""
    personal = (
        FileRow.owner, FileRow.name, FileRow.sha256, FileRow.taken_at, FileRow.color_profile, FileRow.object_version,
        FileRow.owner_key, FileRow.owner_sort, FileRow.attention_key, FileRow.attention_sort,
        FileRow.camera, FileRow.location, FileRow.renditions, FileRow.claimed_until, FileRow.upload_id,
        FileRow.link, FileRow.archived_at,
    )  # fmt: skip
    return [
        FileRow.state.set(FileState.GONE),
        FileRow.expires_at.set(int((now + rules.TOMBSTONE).timestamp())),
        *waits_no_more(),
        *(attribute.remove() for attribute in personal),
    ]


def done_by(run: str | None) -> list[Action]:
    """By which run it was trashed, purged or archived: a slice told again counts what it did, and nothing else."""
    return [FileRow.by_run.set(run)] if run else []


def new_row(file: File, due_at: datetime) -> FileRow:
    place = due.due(due_at, now=file.created_at, shop=file.shop, kind="file", id=file.id)
    key = keys.file_row(file.id)
    return FileRow(
        key.pk,
        key.sk,
        owner_key=keys.files_of_owner(file.shop, file.owner),
        owner_sort=keys.place_of_file(file.id, file.sha256),
        due_bucket=place.bucket,
        due_sort=place.sort,
        purge_after=due_at,
        id=file.id,
        shop=file.shop,
        owner=file.owner,
        state=file.state,
        size=file.size,
        created_at=file.created_at,
        name=file.name,
        content_type=file.content_type,
        sha256=file.sha256 or None,
        form=file.form or None,
        upload_id=file.upload_id,
        link=file.link,
        charged=file.size,
        keep_until=file.keep_until,
    )


def session_waits_until(due_at: datetime, *, now: datetime, shop: str, id: str) -> list[Action]:
    place = due.due(due_at, now=now, shop=shop, kind="session", id=id)
    return [SessionRow.due_bucket.set(place.bucket), SessionRow.due_sort.set(place.sort)]


def visit_of_customer(shop: str, customer: str, id: str) -> list[Action]:
    """The visit stands in the list of its customer."""
    list_of = keys.visits_of_owner(shop, rules.owner_of(customer))
    return [SessionRow.customer.set(customer), SessionRow.owner_key.set(list_of), SessionRow.owner_sort.set(id)]


def new_session(session: UploadSession) -> SessionRow:
    place = due.due(session.ends_at, now=session.created_at, shop=session.shop, kind="session", id=session.id)
    return SessionRow(
        *keys.session_row(session.shop, session.id),
        owner_key=keys.visits_of_owner(session.shop, rules.owner_of(session.customer)) if session.customer else None,
        owner_sort=session.id if session.customer else None,
        due_bucket=place.bucket,
        due_sort=place.sort,
        id=session.id,
        shop=session.shop,
        state=session.state,
        created_at=session.created_at,
        ends_at=session.ends_at,
        customer=session.customer,
    )
