"""Restoring a version: it is saved again as the newest.

Its photos are held already, as every kept version's are. So none is taken; the head moves only if nothing was released
since the history was read, else that is looked at once more.
"""

from dataclasses import replace
from datetime import datetime

from imagestore.common.principal import Principal
from projects import file_holds, keys, rules
from projects.operations.attempts import Place, prepare, withdraw, write_and_hold
from projects.operations.saving import Saved, busy, changed, move, saved, seen_in, still_seen
from projects.queries import content_of, project_of, version_of
from projects.records import Draft, Seen

TRIES = 8


def restore_version(*, id: str, number: int, if_match: str, owner: str, principal: Principal, now: datetime) -> Saved:
    """A new version with the content of a kept one; the name stays. Restoring what is current writes nothing.

    Raises ProjectChanged, VersionNotFound, ProjectNotFound, ProjectNotActive, SessionClosed.
    """
    place = Place(id, principal.shop, owner, source=keys.holder(id))
    seen = seen_in(if_match, place, principal)
    if seen is None:
        raise changed(project_of(principal, id))
    place = replace(place, owner=file_holds.owner_in_use(shop=place.shop, owner=owner, now=now))
    for _ in range(TRIES):
        draft, seen = _kept(place, number, seen)
        if rules.digest_of(draft) == seen.digest:
            return Saved(id, seen.version, project_of(principal, id).saved_at, if_match, unchanged=True)
        attempt = prepare(place, draft, seen, frozenset(), by=principal, now=now, guarded=True)
        write_and_hold(attempt, now)
        if move(attempt, draft, seen):
            return saved(attempt, draft, seen)
        withdraw(attempt, now)
    raise busy()


def _kept(place: Place, number: int, seen: Seen) -> tuple[Draft, Seen]:
    """What the version holds, as of a moment at which it was in the history."""
    head = still_seen(place.id, place.shop, place.owner, seen)
    content = content_of(head, version_of(head, number))
    draft = Draft(head.name, content.document, content.files, content.placements)
    return draft, seen._replace(held_rev=head.held_rev)
