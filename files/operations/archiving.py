"""Archiving: bytes move to a colder storage class, from where they are read as before. Nothing else changes.

The mark in storage comes first, and does no harm to a file that is held or removed at that moment.
"""

from collections.abc import Collection
from datetime import datetime

from pynamodb.expressions.condition import Condition

from files import keys, rules, storage
from files.models import FileRow, done_by, in_state, looked_at, unheld_and_permitted
from files.queries import files_by_id
from files.records import File, FileState
from imagestore.common import table
from imagestore.common.batches import in_parallel


def archive_by_rule(file: File, until: datetime, now: datetime, *, by_run: str | None = None) -> bool:
    """False when something holds the file by now or its time was moved. True also when another worker did it, for the
    same run.

    `until`: out of the sweep's sight, but for what is held and released later, or dated anew by a run.
    """
    storage.archive(file)
    due_at = rules.decoded_soon(until, now) if file.undecoded else until
    actions = [
        FileRow.archived_at.set(now),
        FileRow.purge_after.set(until),
        *looked_at(due_at, now=now, shop=file.shop, id=file.id),
        *done_by(by_run),
    ]
    permitted = unheld_and_permitted(now, FileState.STORED)
    won, row = table.update(FileRow, keys.file_row(file.id), actions, permitted, File)
    return won or (row is not None and rules.done_by(row, by_run) == rules.Step.ARCHIVE)


def archive_held(*, ids: Collection[str], holder: str, now: datetime) -> int:
    """Of a holder's stored files those that nothing else uses; answers how many there were that were not yet archived.

    Repeated, it goes on where it was interrupted.
    """
    files = files_by_id(ids, consistent=True).values()
    cold = [file for file in files if _is_only(holder, file) and not file.archived_at]
    return sum(in_parallel(lambda file: _archive_held(file, holder, now), cold))


def _is_only(holder: str, file: File) -> bool:
    return file.state == FileState.STORED and file.holders == {holder}


def _archive_held(file: File, holder: str, now: datetime) -> bool:
    storage.archive(file)
    held: Condition = in_state(FileState.STORED) & (FileRow.holders == {holder})
    return table.update(FileRow, keys.file_row(file.id), [FileRow.archived_at.set(now)], held, File).won
