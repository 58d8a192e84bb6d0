"""Lists of an owner's projects."""

from dataclasses import dataclass
from datetime import datetime

from imagestore.common import paging, table
from imagestore.common.principal import Principal
from imagestore.common.table import IndexEntry
from projects import keys
from projects.models import ProjectRow
from projects.queries.heads import REMOVED
from projects.records import Head, ProjectState

READ_AT_ONCE, FILTERED_READS = 100, 3


@dataclass(frozen=True, slots=True)
class Listing:
    """Projects of an owner: in one state (None: in any), saved since a moment, and with a text in their name."""

    owner: str
    state: ProjectState | None = None
    saved_since: datetime | None = None
    name: str = ""

    @property
    def is_filtered(self) -> bool:
        return bool(self.state or self.saved_since or self.name)

    def shows(self, head: Head) -> bool:
        if head.state in REMOVED or (self.state and head.state != self.state):
            return False
        if self.saved_since and head.saved_at < self.saved_since:
            return False
        return self.name.casefold() in head.name.casefold()


def projects_of_owner(
    *, principal: Principal, wanted: Listing, cursor: str | None, limit: int
) -> tuple[list[Head], str | None]:
    """Newest first, and the cursor of the next page, good for the very same question.

    One index query and one batch read of `limit` rows; with filters up to three of 100 each: whoever asks for rare
    ones gets fewer than `limit`, and a cursor that goes on from there.
    """
    partition = keys.projects_of_owner(principal.shop, wanted.owner)
    question = f"{partition}?{wanted.state or ''}&{wanted.saved_since or ''}&{wanted.name}"
    start, found = paging.position(cursor, question), list[Head]()
    for _ in range(FILTERED_READS if wanted.is_filtered else 1):
        at_once = READ_AT_ONCE if wanted.is_filtered else limit
        page = table.query_index("by_owner", partition, limit=at_once, descending=True, start=start)
        rows = table.batch_get(ProjectRow, [entry.key for entry in page.items], Head)
        for entry in page.items:
            if entry.key in rows and wanted.shows(rows[entry.key]):
                found.append(rows[entry.key])
            if len(found) == limit and entry != page.items[-1]:
                return found, paging.cursor(_position(entry, partition), question)
        start = page.next
        if start is None or len(found) == limit:
            break
    return found, paging.cursor(start, question)


def _position(entry: IndexEntry, partition: str) -> dict[str, str]:
    """Where a page starts that follows this entry."""
    return {**entry.key._asdict(), "owner_key": partition, "owner_sort": entry.sort}
