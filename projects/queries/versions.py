"""Versions of a project: which are its history, and what was saved in them."""

from typing import TypeVar

from django.core.cache import cache

from imagestore.common import paging, table
from imagestore.common.principal import Principal
from imagestore.common.rows import Item
from projects import histories, keys, packing, rules, storage
from projects.errors import ProjectBusy, VersionNotFound
from projects.models import IntentRow, VersionRow
from projects.queries.heads import project_of
from projects.records import Changes, Content, Head, Intent, Seen, Version, VersionStep

R = TypeVar("R")
TRIES = 3
REMEMBERED_FOR = 900


def history(head: Head) -> list[Version]:
    """The kept versions, newest first. Read again when pruning moved the chain meanwhile. Raises ProjectBusy."""
    for _ in range(TRIES):
        found = histories.kept_versions(head, version_rows(head.id))
        if histories.is_whole(found):
            return found
    raise ProjectBusy("The project is being changed by too many at once; try again.")


def version_of(head: Head, number: int) -> Version:
    """A version of the history; of the current state one read, of others the whole history. Raises VersionNotFound."""
    if number == head.version:
        key = keys.version_row(head.id, head.version, head.current)
        if current := table.get(VersionRow, key, Version, consistent=True):
            return current
    for version in history(head):
        if version.number == number:
            return version
    raise VersionNotFound(f"The project has no version {number}; it may have been an autosave that was pruned.")


def content_of(head: Head, version: Version) -> Content:
    """At most one object is read."""
    document, placements = storage.content_of(head.shop, version)
    return Content(document, packing.files_in(version.uses), placements)


def changes_between(head: Head, older: Version, newer: Version) -> Changes:
    """What became of the older state until the newer: photos, and pages on which something was placed otherwise."""
    before, after = content_of(head, older), content_of(head, newer)
    return Changes(
        photos_added=sorted(after.photos - before.photos),
        photos_removed=sorted(before.photos - after.photos),
        pages_changed=rules.changed_pages(before, after),
        document_changed=before.document != after.document,
    )


def changes_since(head: Head, older: Version) -> Changes:
    """What became of an older state until the current one."""
    return changes_between(head, older, version_of(head, head.version))


def versions_page(
    *, id: str, principal: Principal, cursor: str | None, limit: int
) -> tuple[list[VersionStep], str | None]:
    """The kept versions, newest first, each with what it changed; the whole history is read. Raises ProjectNotFound."""
    place = paging.position(cursor, f"versions of {id}") or {}
    head = project_of(principal, id)
    below = int(place.get("below", head.version + 1))
    steps = [step for step in _steps(history(head)) if step.version < below]
    following = {"below": str(steps[limit - 1].version)} if len(steps) > limit else None
    return steps[:limit], paging.cursor(following, f"versions of {id}")


def recent_steps(head: Head, limit: int = 20) -> list[VersionStep]:
    """For staff; none of a project that is gone."""
    return _steps(histories.kept_versions(head, version_rows(head.id)))[:limit]


def _steps(kept: list[Version]) -> list[VersionStep]:
    return [_step(row, before) for row, before in zip(kept, [*kept[1:], None], strict=False)]


def _step(row: Version, before: Version | None) -> VersionStep:
    photos = frozenset(packing.files_in(row.uses).values())
    previous = frozenset(packing.files_in(before.uses).values()) if before else frozenset()
    return VersionStep(
        version=row.number,
        kind=row.kind,
        saved_at=row.saved_at,
        saved_by=row.saved_by,
        pages=row.pages,
        photos=len(photos),
        photos_added=len(photos - previous),
        photos_removed=len(previous - photos),
    )


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


def version_rows(id: str) -> list[Version]:
    """Every saved state that has a row, in history or not, read consistently."""
    return _all_rows(VersionRow, id, Version, keys.VERSIONS)


def rows_numbered(id: str, number: int) -> list[Version]:
    """Of several saves on the same state, one is in the history."""
    return _all_rows(VersionRow, id, Version, keys.versions_numbered(number))


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
