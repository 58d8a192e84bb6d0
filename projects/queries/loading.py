"""Loading a project: its document at once, its photos 500 at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from imagestore.common import paging, table
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedRead
from projects import file_holds, keys, packing, rules, tags
from projects.errors import ProjectBusy
from projects.file_holds import File, UrlKind
from projects.models import VersionRow
from projects.queries.heads import project_of
from projects.queries.versions import TRIES, content_of, remember_photos, version_of
from projects.records import Content, Head, Seen, Version


@dataclass(frozen=True, slots=True)
class FilesPage:
    """Some photos of a state, by alias. One whose file is missing from `facts` cannot be shown."""

    files: dict[str, str]
    facts: dict[str, File]
    urls: dict[str, SignedRead]
    following: str | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A state of a project. `tag` is what a save builds on: of the current state, whichever was loaded."""

    head: Head
    version: Version
    tag: str
    content: Content
    page: FilesPage


def load(
    *, id: str, principal: Principal, now: datetime, urls: UrlKind = "original", number: int | None = None
) -> Loaded:
    """The current state, or version `number`. Two single reads, one batch read per 100 photos, and at most one object.

    Raises ProjectNotFound, VersionNotFound.
    """
    head, current = _current(principal, id)
    remember_photos(current)
    version = current if number is None else version_of(head, number)
    content = content_of(head, version)
    page = _page(head, content.files, {"number": str(version.number)}, urls, now)
    return Loaded(head, version, tag_of(head, current), content, page)


def more_files(
    *, id: str, principal: Principal, cursor: str | None, now: datetime, urls: UrlKind = "original"
) -> FilesPage:
    """Photos by alias, 500 at a time; with a cursor those that follow, of the same state.

    Raises ProjectNotFound, VersionNotFound.
    """
    place = paging.position(cursor, _list_of(id)) or {}
    head = project_of(principal, id)
    version = version_of(head, int(place.get("number", head.version)))
    return _page(head, packing.files_in(version.uses), {**place, "number": str(version.number)}, urls, now)


def tag_of(head: Head, current: Version) -> str:
    """Of the current state."""
    photos = rules.photos_digest(packing.files_in(current.uses).values())
    state = Seen(head.version, head.current, head.held_rev, photos, current.digest)
    return tags.tag(state, id=head.id, shop=head.shop, owner=head.owner)


def photos_seen_by_staff(head: Head) -> dict[str, str]:
    """File ids by the aliases of the current state; none when it was just pruned or removed."""
    key = keys.version_row(head.id, head.version, head.current)
    version = table.get(VersionRow, key, Version, consistent=True)
    return packing.files_in(version.uses) if version else {}


def _current(principal: Principal, id: str) -> tuple[Head, Version]:
    """A version that was pruned between the two reads is no longer current: look again."""
    for _ in range(TRIES):
        head = project_of(principal, id)
        key = keys.version_row(id, head.version, head.current)
        version = table.get(VersionRow, key, Version, consistent=True)
        if version is not None:
            return head, version
    raise ProjectBusy("The project is being changed by too many at once; try again.")


def files_page(
    files: Mapping[str, str], *, holder: str, of: str, place: Mapping[str, str], urls: UrlKind, now: datetime
) -> FilesPage:
    """The photos that follow on a place in the list `of`, as `holder` has them. One batch read per 100."""
    left = sorted(alias for alias in files if alias > place.get("after", ""))
    chosen = {alias: files[alias] for alias in left[: rules.URLS_AT_ONCE]}
    facts = file_holds.held(frozenset(chosen.values()), holder)
    following = {**place, "after": list(chosen)[-1]} if len(left) > len(chosen) else None
    return FilesPage(chosen, facts, file_holds.urls_of(facts.values(), urls, now), paging.cursor(following, of))


def _page(head: Head, files: Mapping[str, str], place: Mapping[str, str], urls: UrlKind, now: datetime) -> FilesPage:
    return files_page(files, holder=keys.holder(head.id), of=_list_of(head.id), place=place, urls=urls, now=now)


def _list_of(id: str) -> str:
    return f"photos of {id}"
