"""Saving. Intent before hold, hold before save: whatever is interrupted, a used photo is held.

A save writes its version, takes the photos that the state it builds on did not use, and then moves the head if that
still is the state, and if nothing was released since. The loser keeps its work: nothing of it reaches the project.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from imagestore.common import table, tasks, transaction
from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from imagestore.common.retention import Subject
from imagestore.identity import queries as shops
from imagestore.webhooks import operations as webhooks
from projects import counting, file_holds, keys, rules, tags
from projects.errors import ProjectBusy, ProjectChanged, ProjectNotActive, ProjectNotFound
from projects.models import ProjectRow, VersionRow, active_of, as_seen
from projects.operations import handing, warning
from projects.operations.announcing import saved_event
from projects.operations.attempts import Attempt, Place, hold, intent_done, prepare, withdraw, write_and_hold
from projects.queries import head_of, history, photos_of_version, project_of, remember_photos, rows_numbered
from projects.records import Draft, Head, ProjectState, SaveKind, Seen, Version

TRIES = 8
SAVED_ELSEWHERE = (
    "The project was saved elsewhere after you loaded it. Load it again; the owner may also save this as a copy."
)
NOT_SEEN = "If-Match is no ETag that this project answered to you. Load the project again, and send the one it answers."
NOTHING = Seen(version=0, save_id="", held_rev=0, photos_digest="", digest="")


@dataclass(frozen=True, slots=True)
class Saved:
    """What the client needs to go on: `tag` is the `If-Match` of its next save.

    `unchanged`: nothing was written, the state is the one that was built on.
    """

    id: str
    version: int
    saved_at: datetime
    tag: str
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Proviso:
    """What else must hold at the moment at which the head moves, and what is raised if it does not."""

    check: transaction.Write
    refusal: DomainError


def save(
    *,
    id: str,
    draft: Draft,
    if_match: str,
    owner: str,
    principal: Principal,
    now: datetime,
    kind: SaveKind = SaveKind.MANUAL,
    photos_of: str | None = None,
    proviso: Proviso | None = None,
) -> Saved:
    """The next version; one that changes nothing writes nothing. A repeat answers what the first call saved.

    `photos_of`: whose photos may be added, if not the owner's; those that the project holds may be in any case.
    Raises ProjectChanged when another save came first, and DraftInvalid, FilesUnusable, ProjectNotFound,
    ProjectNotActive, SessionClosed.

    A save in a visit's name that meets the login is the customer's: it goes on with the project as handed over.
    """
    rules.check_draft(draft)
    place = Place(id, principal.shop, owner, photos_of, source=keys.holder(id))
    seen = seen_in(if_match, place, principal)
    if seen is None:
        raise changed(project_of(principal, id), NOT_SEEN)
    place = replace(place, owner=file_holds.owner_in_use(shop=place.shop, owner=owner, now=now))
    if seen.digest == rules.digest_of(draft):
        return _unchanged(place, seen, kind, if_match)
    attempt = prepare(place, draft, seen, _missing(place, draft, seen), by=principal, now=now, kind=kind)
    write_and_hold(attempt, now)
    return _finish(attempt, draft, seen, proviso, now)


def _finish(attempt: Attempt, draft: Draft, seen: Seen, proviso: Proviso | None, now: datetime) -> Saved:
    """Moves the head, looking again after a release or a login; whatever else was faster refuses."""
    for _ in range(TRIES):
        try:
            if move(attempt, draft, seen, proviso):
                _ask_to_prune(attempt)
                return saved(attempt, draft, seen)
            seen, attempt = look_again(seen, attempt, now)
        except DomainError as refused:
            withdraw(attempt, now)
            repeated = _saved_before(attempt, seen) if isinstance(refused, ProjectChanged) else None
            if repeated is None:
                raise
            return saved(replace(attempt, version=repeated), draft, seen)
        hold(attempt, now)
    withdraw(attempt, now)
    raise busy()


def _missing(place: Place, draft: Draft, seen: Seen) -> frozenset[str]:
    """Photos that the state built on does not use; most saves change none, and their tag says so without a read."""
    if seen.photos_digest == rules.photos_digest(draft.photos):
        return frozenset()
    return draft.photos - (photos_of_version(place.id, seen) or frozenset())


def _unchanged(place: Place, seen: Seen, kind: SaveKind, if_match: str) -> Saved:
    """One read. Whoever saves by hand what was saved automatically means to keep it: that version is marked so."""
    head = still_seen(place.id, place.shop, place.owner, seen)
    if kind == SaveKind.MANUAL and head.kind == SaveKind.AUTOSAVE:
        by_hand = [ProjectRow.kind.set(kind)]
        version = keys.version_row(head.id, head.version, head.current)
        marks = [
            transaction.update(ProjectRow, keys.head_row(head.id), by_hand, as_seen(seen, takes_photos=False)),
            transaction.update(VersionRow, version, [VersionRow.kind.set(kind)], VersionRow.pk.exists()),
        ]
        try:
            transaction.commit(marks)
        except transaction.TransactionLost as lost:
            raise changed(still_seen(place.id, place.shop, place.owner, seen)) from lost
    return Saved(head.id, head.version, head.saved_at, if_match, unchanged=True)


def _saved_before(attempt: Attempt, seen: Seen) -> Version | None:
    """The same content by the same person on the same state, in the history: this call is a repeat of that one."""
    mine = attempt.version
    alike = [
        row
        for row in rows_numbered(attempt.place.id, mine.number)
        if (row.previous, row.digest, row.saved_by) == (seen.save_id, mine.digest, mine.saved_by)
    ]
    head = head_of(attempt.place.id) if alike else None
    kept = {row.save_id for row in history(head)} if head else set()
    return next((row for row in alike if row.save_id in kept), None)


def move(attempt: Attempt, draft: Draft, seen: Seen, proviso: Proviso | None = None) -> bool:
    """Moves the head to what was written, if it still is where `seen` says. Raises what the proviso refuses with."""
    version, head = attempt.version, keys.head_row(attempt.place.id)
    actions = [
        ProjectRow.version.set(version.number),
        ProjectRow.current.set(version.save_id),
        ProjectRow.saved_at.set(version.saved_at),
        ProjectRow.saved_by.set(version.saved_by),
        ProjectRow.name.set(draft.name),
        ProjectRow.kind.set(version.kind),
    ]
    condition = active_of(attempt.place.owner) & as_seen(seen, takes_photos=attempt.guarded)
    told = saved_event(attempt)
    joining = [*([intent_done(attempt.intent)] if attempt.missing else []), *told]
    joining += [proviso.check] if proviso else []
    if not joining:
        won, row = table.update(ProjectRow, head, actions, condition, Head)
        if won and row:
            warning.take_back(row, version.saved_at)
        # The client sends an update again whose answer was lost, and is then refused by its own first success.
        return won or (row is not None and row.current == version.save_id)
    try:
        transaction.commit([transaction.update(ProjectRow, head, actions, condition), *joining])
    except transaction.TransactionLost as lost:
        if proviso and len(joining) in lost.failed:
            raise proviso.refusal from lost
        return False
    webhooks.send(told)
    _take_back_warning(attempt)
    return True


def _take_back_warning(attempt: Attempt) -> None:
    """A transaction answers no row: it is read where somebody may have been warned."""
    if shops.known_shop(attempt.place.shop).policy.warns(Subject.DRAFT_PROJECT):
        head = head_of(attempt.place.id)
        if head:
            warning.take_back(head, attempt.version.saved_at)


def seen_in(if_match: str, place: Place, principal: Principal) -> Seen | None:
    """A tag that was given to the visit is as good after the login, while the token names both."""
    owners = [place.owner, *([f"session:{principal.session}"] if principal.session else [])]
    found = (tags.seen(if_match, id=place.id, shop=place.shop, owner=owner) for owner in owners)
    return next(filter(None, found), None)


def look_again(seen: Seen, attempt: Attempt, now: datetime) -> tuple[Seen, Attempt]:
    """A release in between is no conflict, nor is a login; another save is one."""
    place = attempt.place
    owner = file_holds.owner_in_use(shop=place.shop, owner=place.owner, now=now)
    head = still_seen(place.id, place.shop, owner, seen)
    return seen._replace(held_rev=head.held_rev), replace(attempt, place=replace(place, owner=owner))


def still_seen(id: str, shop: str, owner: str, seen: Seen) -> Head:
    """The head, while it is where `seen` says. Raises ProjectNotFound, ProjectNotActive, ProjectChanged."""
    head = handing.head_as_claimed(id)
    if head is None or (head.shop, head.owner) != (shop, owner):
        raise ProjectNotFound("There is no project with this id.")
    if head.state != ProjectState.ACTIVE:
        raise ProjectNotActive("The project is in the trash; restore it before saving.", state=head.state)
    if (head.version, head.current) != (seen.version, seen.save_id):
        raise changed(head)
    return head


def changed(head: Head, text: str = SAVED_ELSEWHERE) -> ProjectChanged:
    return ProjectChanged(
        text,
        current_version=head.version,
        saved_at=head.saved_at,
        saved_by=head.saved_by,
    )


def busy() -> ProjectBusy:
    return ProjectBusy("The project is being changed by too many at once; try again.")


def _ask_to_prune(attempt: Attempt) -> None:
    """Once in so many versions; what is not pruned now is pruned after a later save."""
    place = attempt.place
    if counting.asks_to_prune(place.id, attempt.version.number):
        tasks.send("projects.prune_versions", project_id=place.id, shop=place.shop)


def first_head(attempt: Attempt, draft: Draft) -> Head:
    place, version = attempt.place, attempt.version
    return Head(
        id=place.id,
        shop=place.shop,
        state=ProjectState.ACTIVE,
        version=version.number,
        held_rev=0,
        current=version.save_id,
        created_at=version.saved_at,
        saved_at=version.saved_at,
        saved_by=version.saved_by,
        owner=place.owner,
        name=draft.name,
        kind=version.kind,
    )


def saved(attempt: Attempt, draft: Draft, base: Seen) -> Saved:
    place, version = attempt.place, attempt.version
    remember_photos(version)
    photos = rules.photos_digest(draft.photos)
    state = Seen(version.number, version.save_id, base.held_rev, photos, version.digest)
    tag = tags.tag(state, id=place.id, shop=place.shop, owner=place.owner)
    return Saved(place.id, version.number, version.saved_at, tag)
