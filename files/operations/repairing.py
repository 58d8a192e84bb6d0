"""Repairs of what a comparison found. Each looks again first, and changes only what still is as it was found."""

from datetime import datetime
from enum import StrEnum

from files import keys, queries
from files.models import FileRow, in_state, waits_until
from files.operations import rejecting
from files.operations.reconciling import MUST, Case, Fault, is_forgotten, sha256_in_storage, unexpected
from files.probe import BrokenImage
from files.records import File
from imagestore.common import objects, switches, table
from imagestore.common.retention import Subject
from imagestore.identity import queries as shops

LOST = BrokenImage("bytes-lost", "Storage does not have its bytes any more.")
CHANGED = BrokenImage("bytes-changed", "Storage has other bytes than those that were stored.")


class Repair(StrEnum):
    """`passed`: there was nothing to repair any more."""

    REPAIRED = "repaired"
    PASSED = "passed"


def repair(case: Case, now: datetime) -> Repair:
    """Raises DeletionPaused, for what removes bytes."""
    done = _REPAIRS[case.fault](case, now)
    return Repair.REPAIRED if done else Repair.PASSED


def _bring_back_or_reject(case: Case, now: datetime) -> bool:
    file = _file(case)
    if file is None or file.state not in MUST or objects.head(case.key) is not None:
        return False
    if objects.bring_back(case.key) and objects.head(case.key) == file.size:
        return True
    return _reject(file, LOST, now)


def _reject_changed(case: Case, now: datetime) -> bool:
    file = _file(case)
    size = objects.head(case.key)
    if file is None or file.state not in MUST or size in (None, file.size):
        return False
    return _reject(file, CHANGED, now)


def _reject_damaged(case: Case, now: datetime) -> bool:
    file = _file(case)
    if file is None or file.state not in MUST:
        return False
    found = sha256_in_storage(case.key)
    return found not in (None, file.sha256) and _reject(file, CHANGED, now)


def _reject(file: File, broken: BrokenImage, now: datetime) -> bool:
    """Staff see it among what was rejected; what holds it is told that it cannot be printed."""
    rejected = rejecting.reject(shops.known_shop(file.shop), file.id, broken, now, in_state(*MUST))
    return rejected is not None and rejected.reason_code == broken.code


def _remove_unexpected(case: Case, now: datetime) -> bool:
    """An object without a row never gets one: ids are minted with their row, and bytes come after it."""
    place = keys.file_of_any_object(case.key)
    switches.require_deletion(place[0] if place else "")
    again = unexpected(case.file, case.key, keys.file_of_object(case.key) is not None)
    return again is not None and again.fault == case.fault and objects.remove(case.key) > 0


def _forget_rendition(case: Case, now: datetime) -> bool:
    """It is made again when somebody wants it."""
    file = _file(case)
    if file is None or objects.head(case.key) is not None:
        return False
    name = case.key.removeprefix(keys.object_key(file.shop, file.id) + ".")
    entry = f"{name}={file.rendition(name)}"
    actions, condition = [FileRow.renditions.delete({entry})], FileRow.renditions.contains(entry)
    return table.update(FileRow, keys.file_row(file.id), actions, condition, File).won


def _make_due(case: Case, now: datetime) -> bool:
    file = _file(case)
    if file is None or not is_forgotten(file, now):
        return False
    until = now + shops.known_shop(file.shop).policy.keep(Subject.RELEASED_FILE)
    condition = FileRow.due_sort.does_not_exist() & (FileRow.state == file.state)
    condition &= FileRow.decoded_at.does_not_exist() if file.undecoded else FileRow.holders.does_not_exist()
    actions = waits_until(until, now=now, shop=file.shop, id=file.id)
    return table.update(FileRow, keys.file_row(file.id), actions, condition, File).won


def _file(case: Case) -> File | None:
    return queries.files_by_id([case.file], consistent=True).get(case.file)


_REPAIRS = {
    Fault.LOST: _bring_back_or_reject,
    Fault.HIDDEN: _bring_back_or_reject,
    Fault.WRONG_SIZE: _reject_changed,
    Fault.ORPHAN: _remove_unexpected,
    Fault.LEFTOVER: _remove_unexpected,
    Fault.STRAY_RENDITION: _remove_unexpected,
    Fault.LOST_RENDITION: _forget_rendition,
    Fault.FORGOTTEN: _make_due,
    Fault.DAMAGED: _reject_damaged,
}
