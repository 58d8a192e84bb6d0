"""Trash and purge. Bytes go only after the row says `deleting`, and only then does the row become `gone`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.update import Action

from files import keys, rules, storage
from files.errors import FileHeld, FileNotFound
from files.models import FileRow, done_by, in_state, looked_at, tombstone, unclaimed, unheld_and_permitted, waits_until
from files.operations import keeping
from files.operations.quota import give_back
from files.queries import file_of, visible_files
from files.records import File, FileState
from imagestore.common import table
from imagestore.common.batches import in_parallel
from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from imagestore.common.retention import RetentionPolicy, Subject
from imagestore.holds.rules import only_holds
from imagestore.identity import queries as shops


def trash(*, id: str, principal: Principal, now: datetime) -> File:
    """Puts a file into the trash; one that is trashed already stays so. Raises FileNotFound, FileHeld."""
    return _trash(file_of(principal, id), principal, now)


def _trash(file: File, principal: Principal, now: datetime) -> File:
    policy = shops.known_shop(file.shop).policy
    if file.state == FileState.TRASHED:
        return file
    if file.state == FileState.REJECTED:
        keeping.require_unheld(file)
    won, row = _to_trash(file, policy, now) if file.state == FileState.STORED else _withdraw(file, now)
    if row is None or (row.state in rules.REMOVED and not won):
        raise _not_found()
    if won:
        return row
    if row.holders and not (only_holds(row.holders) and row.state == FileState.STORED):
        raise FileHeld("The file is in use; remove it there first.", holders=sorted(row.holders))
    return trash(id=file.id, principal=principal, now=now)


def trash_many(*, ids: Iterable[str], principal: Principal, now: datetime) -> dict[str, File | DomainError]:
    """Each on its own, side by side; for each id the trashed file, or why it stays. Ids named twice count once.

    One batch read per 100 and one update for each file.
    """
    wanted = list(dict.fromkeys(ids))
    found = visible_files(principal, wanted)

    def outcome(id: str) -> File | DomainError:
        try:
            return _trash(found[id], principal, now) if id in found else _not_found()
        except (FileNotFound, FileHeld) as refused:
            return refused

    return dict(zip(wanted, in_parallel(outcome, wanted), strict=True))


def _not_found() -> FileNotFound:
    return FileNotFound("There is no file with this id.")


def trash_by_rule(file: File, policy: RetentionPolicy, now: datetime, *, by_run: str | None = None) -> bool:
    """False when something holds the file by now or its time was moved. True also when another worker did it, for the
    same run.
    """
    permitted = unheld_and_permitted(now, FileState.STORED)
    actions = [*_trashed(file, policy, now), *done_by(by_run)]
    won, row = table.update(FileRow, keys.file_row(file.id), actions, permitted, File)
    return won or (row is not None and rules.done_by(row, by_run) == rules.Step.TRASH)


def purge(*, files: Sequence[File], now: datetime, by_run: str | None = None) -> tuple[list[File], dict[str, str]]:
    """Removes what may go: (files gone, cause by id of those whose bytes could not be removed). Among those that are
    gone are those that another worker removes for the same run at the same time.

    A file that something holds by now, or that is not to go yet, is in neither. Interrupted anywhere, a repeat
    finishes it: the row stays due until it is `gone`, which it becomes only when nobody can be writing renditions
    of it any more.
    """
    marked = [file for file in in_parallel(lambda file: _mark_deleting(file, now), files) if file]
    going = [file for file in marked if file.state == FileState.DELETING]
    gone, failed = remove_marked(going, now, by_run)
    return [*gone, *(file for file in marked if rules.done_by(file, by_run) == rules.Step.PURGE)], failed


def remove_marked(
    marked: Sequence[File], now: datetime, by_run: str | None = None
) -> tuple[list[File], dict[str, str]]:
    """Bytes first, then the rows: (files gone, cause by id of those whose bytes could not be removed)."""
    left = storage.remove(marked)
    removed = [file for file in marked if file.id not in left]
    gone = in_parallel(lambda file: _finish(file, now, by_run), removed)
    return [file for file in gone if file], dict.fromkeys(left, "storage did not delete the bytes")


def give_up(file: File, now: datetime) -> File | None:
    """An upload that never came: on its way out, unless something holds it or it came after all."""
    condition = unheld_and_permitted(now, *rules.AWAITED)
    actions = [FileRow.state.set(FileState.DELETING)]
    won, row = table.update(FileRow, keys.file_row(file.id), actions, condition, File)
    return row if won else None


def mark_at_once(file: File, now: datetime) -> table.Outcome[File]:
    """On its way out whatever its time, unless something holds it; an upload that may still come goes in an hour.

    Only of the owner that was read. The row stays due until the file is gone.
    """
    if file.state in rules.AWAITED:
        return _withdraw(file, now)
    decided = in_state(FileState.STORED, *rules.PURGEABLE)
    condition = decided & FileRow.holders.does_not_exist() & (FileRow.owner == file.owner)
    actions = [FileRow.state.set(FileState.DELETING), *waits_until(now, now=now, shop=file.shop, id=file.id)]
    return table.update(FileRow, keys.file_row(file.id), actions, condition, File)


def _mark_deleting(file: File, now: datetime) -> File | None:
    """As it is when it is on its way out, or gone by now. None when it is not to go."""
    if file.state == FileState.DELETING:
        return file
    permitted = unheld_and_permitted(now, *rules.PURGEABLE)
    won, row = table.update(FileRow, keys.file_row(file.id), [FileRow.state.set(FileState.DELETING)], permitted, File)
    return row if won or (row and row.state in rules.REMOVED) else None


def _finish(file: File, now: datetime, by_run: str | None) -> File | None:
    """None when it is not gone, or not by this run."""
    actions = [*tombstone(now), FileRow.charged.remove(), *done_by(by_run)]
    deleting = in_state(FileState.DELETING) & unclaimed(now)
    won, before = table.update(FileRow, keys.file_row(file.id), actions, deleting, File, answer_old=True)
    if not won:
        return file if before and rules.done_by(before, by_run) == rules.Step.PURGE else None
    if before is not None:
        give_back(before)
    return before


def _to_trash(file: File, policy: RetentionPolicy, now: datetime) -> table.Outcome[File]:
    """What only a legal hold keeps may lie in the trash, from where it does not go."""
    unused = FileRow.holders == set(file.holders) if only_holds(file.holders) else FileRow.holders.does_not_exist()
    condition = in_state(FileState.STORED) & unused
    return table.update(FileRow, keys.file_row(file.id), _trashed(file, policy, now), condition, File)


def _trashed(file: File, policy: RetentionPolicy, now: datetime) -> list[Action]:
    """An undecoded file is looked at soon all the same: it may be held again at any moment."""
    purge_after = now + policy.keep(Subject.TRASHED_FILE)
    due_at = rules.decoded_soon(purge_after, now) if file.undecoded else purge_after
    return [
        FileRow.state.set(FileState.TRASHED),
        FileRow.trashed_at.set(now),
        FileRow.archived_at.remove(),
        FileRow.purge_after.set(purge_after),
        *looked_at(due_at, now=now, shop=file.shop, id=file.id),
    ]


def _withdraw(file: File, now: datetime) -> table.Outcome[File]:
    """A file that was never stored has nothing to restore, and its place is free at once.

    Its url may still be used for an hour: look again then.
    """
    condition = in_state(*rules.AWAITED, FileState.REJECTED) & FileRow.holders.does_not_exist()
    again = now if file.state == FileState.REJECTED else now + rules.UPLOAD_LINGERS
    actions = [
        FileRow.state.set(FileState.DELETING),
        FileRow.charged.remove(),
        *waits_until(again, now=now, shop=file.shop, id=file.id),
    ]
    won, row = table.update(FileRow, keys.file_row(file.id), actions, condition, File, answer_old=True)
    if won and row is not None:
        give_back(row)
        row = replace(row, state=FileState.DELETING, charged=None)
    return table.Outcome(won, row)
