"""The exact count of what an owner uses. Answers that were lost on the way can leave the running one a little off."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from files import keys
from files.models import FileRow, OwnerRow
from files.records import File, Usage
from imagestore.common import table

QUIET = timedelta(minutes=2)
"""A place that was reserved this long ago has its row by now, and the list shows it."""


@dataclass(frozen=True, slots=True)
class Reserving:
    used_files: int
    used_bytes: int
    reserved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recount:
    """`before` and `exact`; nothing was changed when they are the same."""

    before: Usage
    exact: Usage

    @property
    def differs(self) -> bool:
        return self.before != self.exact


def recount(*, shop: str, owner: str, now: datetime) -> Recount | None:
    """Sets the owner's count right. None: it is in use at this moment, or unknown; ask again later."""
    key = keys.owner_row(shop, owner)
    before = table.get(OwnerRow, key, Reserving, consistent=True)
    if before is None or (before.reserved_at and now - before.reserved_at < QUIET):
        return None
    exact = _charged(shop, owner)
    found = Recount(Usage(before.used_files, before.used_bytes), exact)
    if not found.differs:
        return found
    actions = [OwnerRow.used_files.set(exact.used_files), OwnerRow.used_bytes.set(exact.used_bytes)]
    unchanged = (OwnerRow.used_files == before.used_files) & (OwnerRow.used_bytes == before.used_bytes)
    reserved = OwnerRow.reserved_at
    unchanged &= (reserved == before.reserved_at) if before.reserved_at else reserved.does_not_exist()
    return found if table.update(OwnerRow, key, actions, unchanged, Usage).won else None


def _charged(shop: str, owner: str) -> Usage:
    """Of all files that the owner is charged with: one query and one batch read per 100."""
    files = size = 0
    start: dict[str, str] | None = None
    while True:
        page = table.query_index("by_owner", keys.files_of_owner(shop, owner), start=start)
        rows = table.batch_get(FileRow, [entry.key for entry in page.items], File, consistent=True)
        charged = [file.charged for file in rows.values() if file.charged is not None and file.owner == owner]
        files, size, start = files + len(charged), size + sum(charged), page.next
        if start is None:
            return Usage(files, size)
