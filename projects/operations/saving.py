"""Saving. Intent before hold, hold before save: whatever is interrupted, a used photo is held.

A save writes its version, takes the photos that the state it builds on did not use, and then moves the head if that
still is the state, and if nothing was released since. The loser keeps its work: nothing of it reaches the project.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from imagestore.common import table, tasks, transaction
from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from projects import file_holds, keys, rules, tags
from projects.errors import ProjectBusy, ProjectChanged, ProjectNotActive, ProjectNotFound
from projects.models import ProjectRow, active_of, as_seen
from projects.operations import handing
from projects.operations.attempts import Attempt, Place, hold, intent_done, prepare, withdraw, write_and_hold
from projects.queries import photos_of_version, project_of, remember_photos
from projects.records import Draft, Head, ProjectState, Seen

TRIES = 8
NOTHING = Seen(version=0, save_id="", held_rev=0, photos_digest="")


@dataclass(frozen=True, slots=True)
class Saved:
    """What the client needs to go on: `tag` is the `If-Match` of its next save."""

    id: str
    version: int
    saved_at: datetime
    tag: str


def save(*, id: str, draft: Draft, if_match: str, owner: str, principal: Principal, now: datetime) -> Saved:
    """The next version. Raises ProjectChanged when another save came first, and DraftInvalid, FilesUnusable,
    ProjectNotFound, ProjectNotActive, SessionClosed.

    A save in a visit's name that meets the login is the customer's: it goes on with the project as handed over.
    """
    rules.check_draft(draft)
    place = Place(id, principal.shop, owner)
    seen = _seen(if_match, place, principal)
    if seen is None:
        raise _changed(project_of(principal, id))
    place = replace(place, owner=file_holds.owner_in_use(shop=place.shop, owner=owner, now=now))
    attempt = prepare(place, draft, seen, _missing(place, draft, seen), by=principal, now=now)
    write_and_hold(attempt, now)
    for _ in range(TRIES):
        if _move(attempt, draft, seen):
            _ask_to_prune(attempt)
            return saved(attempt, draft, seen)
        try:
            seen, attempt = _look_again(seen, attempt, now)
        except DomainError:
            withdraw(attempt, now)
            raise
        hold(attempt, now)
    withdraw(attempt, now)
    raise ProjectBusy("The project is being changed by too many at once; try again.")


def _missing(place: Place, draft: Draft, seen: Seen) -> frozenset[str]:
    """Photos that the state built on does not use; most saves change none, and their tag says so without a read."""
    if seen.photos_digest == rules.photos_digest(draft.photos):
        return frozenset()
    return draft.photos - (photos_of_version(place.id, seen) or frozenset())


def _move(attempt: Attempt, draft: Draft, seen: Seen) -> bool:
    version, head = attempt.version, keys.head_row(attempt.place.id)
    actions = [
        ProjectRow.version.set(version.number),
        ProjectRow.current.set(version.save_id),
        ProjectRow.saved_at.set(version.saved_at),
        ProjectRow.saved_by.set(version.saved_by),
        ProjectRow.name.set(draft.name),
    ]
    condition = active_of(attempt.place.owner) & as_seen(seen, takes_photos=bool(attempt.missing))
    if not attempt.missing:
        won, row = table.update(ProjectRow, head, actions, condition, Head)
        # The client sends an update again whose answer was lost, and is then refused by its own first success.
        return won or (row is not None and row.current == version.save_id)
    try:
        move = transaction.update(ProjectRow, head, actions, condition)
        transaction.commit([move, intent_done(attempt.intent)])
    except transaction.TransactionLost:
        return False
    return True


def _seen(if_match: str, place: Place, principal: Principal) -> Seen | None:
    """A tag that was given to the visit is as good after the login, while the token names both."""
    owners = [place.owner, *([f"session:{principal.session}"] if principal.session else [])]
    found = (tags.seen(if_match, id=place.id, shop=place.shop, owner=owner) for owner in owners)
    return next(filter(None, found), None)


def _look_again(seen: Seen, attempt: Attempt, now: datetime) -> tuple[Seen, Attempt]:
    """A release in between is no conflict, nor is a login; another save is one."""
    place = attempt.place
    owner = file_holds.owner_in_use(shop=place.shop, owner=place.owner, now=now)
    head = handing.head_as_claimed(place.id)
    if head is None or (head.shop, head.owner) != (place.shop, owner):
        raise ProjectNotFound("There is no project with this id.")
    if head.state != ProjectState.ACTIVE:
        raise ProjectNotActive("The project is in the trash; restore it before saving.", state=head.state)
    if (head.version, head.current) != (seen.version, seen.save_id):
        raise _changed(head)
    return seen._replace(held_rev=head.held_rev), replace(attempt, place=replace(place, owner=owner))


def _changed(head: Head) -> ProjectChanged:
    return ProjectChanged(
        "The project was saved elsewhere after you loaded it. Load it again, or save yours as a copy.",
        current_version=head.version,
        saved_at=head.saved_at,
        saved_by=head.saved_by,
    )


def _ask_to_prune(attempt: Attempt) -> None:
    """Once in so many versions; what is not pruned now is pruned after a later save."""
    if attempt.version.number % rules.PRUNE_SLACK == 0:
        tasks.send("projects.prune_versions", project_id=attempt.place.id)


def first_head(attempt: Attempt, draft: Draft) -> Head:
    place, version = attempt.place, attempt.version
    return Head(
        id=place.id,
        shop=place.shop,
        state=ProjectState.ACTIVE,
        version=version.number,
        held_rev=0,
        current=version.save_id,
        oldest=version.number,
        created_at=version.saved_at,
        saved_at=version.saved_at,
        saved_by=version.saved_by,
        owner=place.owner,
        name=draft.name,
    )


def saved(attempt: Attempt, draft: Draft, base: Seen) -> Saved:
    place, version = attempt.place, attempt.version
    remember_photos(version)
    state = Seen(version.number, version.save_id, base.held_rev, rules.photos_digest(draft.photos))
    tag = tags.tag(state, id=place.id, shop=place.shop, owner=place.owner)
    return Saved(place.id, version.number, version.saved_at, tag)
