"""Everything that only reads projects."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.core.cache import cache

from imagestore.common import browse, ids, paging, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.principal import Principal
from imagestore.common.rows import Item
from imagestore.common.signing import SignedRead
from projects import file_holds, keys, packing, rules, storage, tags
from projects.errors import ProjectBusy, ProjectNotFound
from projects.models import IntentRow, ProjectRow, VersionRow
from projects.records import Head, Intent, ProjectState, Seen, Version

R = TypeVar("R")
TRIES = 3
REMEMBERED_FOR = 900
REMOVED = (ProjectState.DELETING, ProjectState.GONE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A project's current state. `files` by alias; one whose file is missing from `facts` cannot be shown."""

    head: Head
    tag: str
    document: bytes
    files: dict[str, str]
    facts: dict[str, file_holds.File]
    urls: dict[str, SignedRead]


def project_of(principal: Principal, id: str) -> Head:
    """Raises ProjectNotFound for an unknown, removed or foreign id alike."""
    head = table.get(ProjectRow, keys.head_row(id), Head, consistent=True) if ids.is_id(id) else None
    if head is None or head.state in REMOVED or not rules.may_see(principal, head):
        raise ProjectNotFound("There is no project with this id.")
    return head


def load(*, id: str, principal: Principal, now: datetime) -> Loaded:
    """Two single reads, one batch read per 100 photos, and at most one object. Raises ProjectNotFound."""
    head, version = _current(principal, id)
    remember_photos(version)
    files = packing.files_in(version.uses)
    photos = frozenset(files.values())
    facts, urls = file_holds.shown(photos, keys.holder(id), now)
    state = Seen(head.version, head.current, head.held_rev, rules.photos_digest(photos))
    tag = tags.tag(state, id=id, shop=head.shop, owner=head.owner)
    return Loaded(head, tag, storage.document_of(head.shop, version), files, facts, urls)


def _current(principal: Principal, id: str) -> tuple[Head, Version]:
    """A version that was pruned between the two reads is no longer current: look again."""
    for _ in range(TRIES):
        head = project_of(principal, id)
        key = keys.version_row(id, head.version, head.current)
        version = table.get(VersionRow, key, Version, consistent=True)
        if version is not None:
            return head, version
    raise ProjectBusy("The project is being changed by too many at once; try again.")


def photos_of_version(id: str, seen: Seen) -> frozenset[str] | None:
    """Photos that a version uses; None when it has been removed. A version never changes, so it may be remembered."""
    uses: bytes | None = cache.get(_remembered(seen.save_id))
    if uses is None:
        version = table.get(VersionRow, keys.version_row(id, seen.version, seen.save_id), Version, consistent=True)
        uses = version.uses if version else None
    return frozenset(packing.files_in(uses).values()) if uses else None


def remember_photos(version: Version) -> None:
    """So that the next save, which most often comes to the same process, need not read what it builds on."""
    cache.set(_remembered(version.save_id), version.uses, REMEMBERED_FOR)


def _remembered(save_id: str) -> str:
    return f"uses:{save_id}"


def projects_of_owner(
    *, principal: Principal, owner: str, cursor: str | None, limit: int
) -> tuple[list[Head], str | None]:
    """Newest first, and the cursor of the next page."""
    partition = keys.projects_of_owner(principal.shop, owner)
    page = table.query_index(
        "by_owner", partition, limit=limit, descending=True, start=paging.position(cursor, partition)
    )
    rows = table.batch_get(ProjectRow, [entry.key for entry in page.items], Head)
    found = [rows[entry.key] for entry in page.items if entry.key in rows]
    return [head for head in found if head.state not in REMOVED], paging.cursor(page.next, partition)


def seen_by_staff(id: str) -> Head | None:
    """A project of any shop, in any state."""
    return table.get(ProjectRow, keys.head_row(id), Head, consistent=True) if ids.is_id(id) else None


def photos_seen_by_staff(head: Head) -> dict[str, str]:
    """File ids by the aliases of the current state; none when it was just pruned or removed."""
    key = keys.version_row(head.id, head.version, head.current)
    version = table.get(VersionRow, key, Version, consistent=True)
    return packing.files_in(version.uses) if version else {}


def leaf_of_shop(window: Window, *, shop: str) -> Leaf[Head]:
    """Newest first."""
    return browse.leaf(ProjectRow, Head, "by_attention", keys.all_projects_of_shop(shop), window)


def leaf_of_customer(window: Window, *, shop: str, customer: str) -> Leaf[Head]:
    return browse.leaf(ProjectRow, Head, "by_owner", [keys.projects_of_owner(shop, f"customer:{customer}")], window)


def version_rows(id: str) -> list[Version]:
    """Every saved state that has a row, in history or not, read consistently."""
    return _all_rows(VersionRow, id, Version, keys.VERSIONS)


def intents_of(id: str) -> list[Intent]:
    return _all_rows(IntentRow, id, Intent, keys.INTENTS)


def _all_rows(model: type[Item], id: str, record: type[R], prefix: str) -> list[R]:
    rows: list[R] = []
    start: dict[str, str] | None = None
    while True:
        page = table.query(model, keys.head_row(id).pk, record, prefix, start=start, consistent=True)
        rows += page.items
        if page.next is None:
            return rows
        start = page.next
