"""Legal holds on files: one file's mark is placed with its hold, a customer's files are marked part by part.

The mark is a holder like any other, so that every purge refuses it; nothing else about the file changes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from files import keys, queries, rules
from files.models import FileRow, in_state
from files.operations import holding
from files.operations.owning import visits_of
from files.records import File
from imagestore.common import table
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Key
from imagestore.common.table import IndexEntry
from imagestore.common.transaction import Write, update
from imagestore.holds import operations as holds
from imagestore.holds.operations.marking import Marked, Marker, listed, settle, settle_part
from imagestore.holds.records import Hold
from imagestore.holds.rules import holder
from imagestore.identity import queries as shops


def hold_file(*, id: str, **deed: Any) -> Hold:
    """In whatever state it is. `deed`: as `holds.place_on` takes it. Raises RoleMissing, SubjectUnknown."""
    file = queries.seen_by_staff(id)
    return holds.place_on(file, f"file:{id}", lambda hold: [_marked(file, holder(hold.id))] if file else [], **deed)


def settle_hold(*, hold_id: str, now: datetime) -> None:
    settle(MARKER, hold_id, now)


def settle_hold_part(*, now: datetime, **part: Any) -> SliceReport:
    """`part`: as it was planned."""
    return settle_part(MARKER, now=now, **part)


def _listed(shop: str, owner: str, low: str, high: str) -> Iterator[IndexEntry]:
    return listed(keys.files_of_owner(shop, owner), low, high)


def _writes(hold: Hold, row_keys: Sequence[Key], now: datetime) -> list[Write]:
    files = table.batch_get(FileRow, row_keys, File, consistent=True).values()
    mine = holder(hold.id)
    if not hold.stands:
        marked = [file.id for file in files if mine in file.holders]
        policy = shops.known_shop(hold.shop).policy
        return holding.release(ids=marked, holder=mine, shop=hold.shop, policy=policy, now=now)
    # What is still on its way has nothing to keep; what comes is the customer's, whose row every purge reads.
    bare = [file for file in files if mine not in file.holders and file.state not in (*rules.AWAITED, *rules.REMOVED)]
    return [_marked(file, mine) for file in bare]


def _marked(file: File, mine: str) -> Write:
    as_found = ~in_state(*rules.REMOVED) & (FileRow.owner == file.owner)
    return update(FileRow, keys.file_row(file.id), [FileRow.holders.add({mine})], as_found)


def _visits(shop: str, owner: str) -> list[str]:
    return [rules.owner_of_session(visit.id) for visit in visits_of(shop, owner)]


MARKER = Marker("files", "files.settle_hold_part", _visits, [Marked("file", _listed, keys.file_row, _writes)])
