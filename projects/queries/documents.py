"""Which objects the saves of projects have: documents that are too large for their row."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from imagestore.common import table
from imagestore.common.merging import SETTLED
from projects import keys
from projects.errors import ProjectBusy
from projects.models import VersionRow
from projects.object_needs import Need, Needed, Stored
from projects.queries.heads import head_of
from projects.queries.versions import history
from projects.records import LIVING


@dataclass(frozen=True, slots=True)
class _Saved:
    pk: str
    save_id: str


def stored_documents() -> Iterator[Stored]:
    """Of every save that has an object, kept or lost, as they were some moments ago."""
    for saved in table.scan(VersionRow, _Saved, "PROJECT#", keys.VERSIONS, without="content"):
        yield Stored(saved.save_id, of=keys.project_of_row(saved.pk))


def need_of_document(stored: Stored, now: datetime) -> Needed:
    """A save that is in no history is tidied by its intent, or goes with its project.

    A row is put before its document and names it for ever: a document whose project nobody knows has none.
    """
    head = head_of(stored.of) if stored.of else None
    if head is None:
        return Needed(Need.NONE)
    may = Needed(Need.MAY, head.shop)
    if head.state not in LIVING:
        return may
    try:
        kept = {version.save_id: version for version in history(head) if version.in_object}
    except ProjectBusy:
        return may
    version = kept.get(stored.id)
    settled = version is not None and now - version.saved_at > SETTLED
    return Needed(Need.MUST, head.shop) if settled else may
