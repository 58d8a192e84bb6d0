"""Erasing an owner: its visits end, and each of its files that nothing holds goes now, whatever its state and its time.

Each step may be repeated: it finds what is left. Files that something holds are answered, for whoever knows the holders
to decide about; nothing here takes a holder away.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from files import keys, storage
from files.models import FileRow, OwnerRow, SessionRow
from files.operations import owning, removing, sessions, settling
from files.operations.recounting import Counted, unmoved
from files.records import File, FileState, SessionState, UploadSession, Usage
from imagestore.common import switches, table
from imagestore.common.batches import in_parallel

PAGE = 100
TRIES = 3
Wanted = Callable[[File], bool]
Told = Callable[[Sequence[File]], object]


@dataclass(slots=True)
class ErasedPage:
    """What became of some of an owner's files: `gone` with their bytes; `going`, to be finished by the sweep; `held`.

    `failed`: causes by id. `next`: the place after which the following page begins; None after the last.
    """

    gone: list[File] = field(default_factory=list)
    going: list[File] = field(default_factory=list)
    held: list[File] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    next: dict[str, str] | None = None


def erase_files(
    *,
    shop: str,
    owner: str,
    start: dict[str, str] | None,
    now: datetime,
    wanted: Wanted = lambda file: True,
    note: Told = lambda files: None,
) -> ErasedPage:
    """The next 100 files of an owner, as far as they are wanted. Raises DeletionPaused.

    `note` hears of those that are to go before any of them does.
    """
    switches.require_deletion(shop)
    listing = table.query_index("by_owner", keys.files_of_owner(shop, owner), limit=PAGE, start=start)
    rows = table.batch_get(FileRow, [entry.key for entry in listing.items], File, consistent=True)
    page = ErasedPage(next=listing.next)
    mine = [file for file in rows.values() if file.owner == owner and file.state != FileState.GONE and wanted(file)]
    note([file for file in mine if file.state == FileState.DELETING or not file.holders])
    marked = [file for file in in_parallel(lambda file: _mark(file, now), mine) if file]
    page.held = [file for file in marked if file.state != FileState.DELETING]
    page.going = [file for file in marked if file.state == FileState.DELETING and not _may_go(file, now)]
    doomed = [file for file in marked if file.state == FileState.DELETING and _may_go(file, now)]
    page.gone, page.failed = removing.remove_marked(doomed, now)
    done = {file.id for file in page.gone} | page.failed.keys()
    # Of a file that is just being decoded or drawn more bytes may come: the sweep looks again.
    page.going += [file for file in doomed if file.id not in done]
    return page


def _mark(file: File, now: datetime) -> File | None:
    """The file on its way out, or as it is held; None when it went or changed hands meanwhile."""
    for _ in range(TRIES):
        if file.state == FileState.DELETING or file.holders:
            return file
        won, row = removing.mark_at_once(file, now)
        if won or row is None:
            return row
        if row.state == FileState.GONE or row.owner != file.owner:
            return None
        file = row
    return None


def _may_go(file: File, now: datetime) -> bool:
    """Not while somebody may still send its bytes."""
    return file.purge_after is None or file.purge_after <= now


def end_visits(*, shop: str, owner: str, now: datetime, before: datetime | None = None) -> list[UploadSession]:
    """A customer's visits as they are now: none is open, and the files of those that it claimed are its own.

    `before`: of those alone that were opened then.
    """
    for visit in _visits(shop, owner, before):
        if visit.state == SessionState.OPEN:
            sessions.end_at_once(visit, now)
        elif visit.state == SessionState.CLAIMED and not visit.settled_at:
            settling.settle(shop=shop, id=visit.id, now=now)
    return _visits(shop, owner, before)


def forget_owner(*, shop: str, owner: str, now: datetime, before: datetime | None = None) -> bool:
    """What is known of a customer besides its files: its visits are nobody's any more, and its own row goes.

    False: files are left that are charged to that row, or it was used meanwhile; then it stays without a name. With
    `before`: it is of somebody who came later.
    """
    for visit in _visits(shop, owner, before):
        _forget_visit(visit, now)
    key = keys.owner_row(shop, owner)
    known = owning.customer(shop, owner)
    if known and before and known.created_at >= before:
        return False
    seen = table.get(OwnerRow, key, Counted, consistent=True)
    if seen is None:
        return True
    if not _has_files(shop, owner) and table.delete(OwnerRow, key, unmoved(seen)):
        return True
    nameless = [OwnerRow.email.remove(), OwnerRow.name.remove()]
    table.update(OwnerRow, key, nameless, OwnerRow.pk.exists(), Usage)
    return False


def _visits(shop: str, owner: str, before: datetime | None) -> list[UploadSession]:
    return [visit for visit in owning.visits_of(shop, owner) if before is None or visit.created_at < before]


def _forget_visit(visit: UploadSession, now: datetime) -> None:
    """It stays as one that ended, so that nobody opens it again with an old token."""
    known = (SessionRow.customer, SessionRow.claimed_at, SessionRow.owner_key, SessionRow.owner_sort)
    actions = [
        SessionRow.state.set(SessionState.ENDED),
        SessionRow.ended_at.set(SessionRow.ended_at | now),
        *(attribute.remove() for attribute in known),
    ]
    over = (SessionRow.state != SessionState.OPEN) & (SessionRow.customer == visit.customer)
    table.update(SessionRow, keys.session_row(visit.shop, visit.id), actions, over, UploadSession)


def _has_files(shop: str, owner: str) -> bool:
    start = None
    while True:
        page = table.query_index("by_owner", keys.files_of_owner(shop, owner), limit=PAGE, start=start)
        rows = table.batch_get(FileRow, [entry.key for entry in page.items], File, consistent=True)
        if any(file.owner == owner for file in rows.values()):
            return True
        start = page.next
        if start is None:
            return False


def remove_all_bytes(*, shop: str, ids: Sequence[str]) -> int:
    """Of files that are gone: storage is asked for every version of each once more. Answers how many it still had."""
    return sum(in_parallel(lambda id: storage.remove_any(shop, id), ids))
