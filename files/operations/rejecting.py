"""Rejection: a file that cannot be used says why, gives its place back, and the shop is told if it wants to be."""

from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys, rules, storage
from files.models import FileRow, in_state, waits_until
from files.operations.quota import give_back
from files.probe import BrokenImage
from files.records import File, FileState
from imagestore.common import table, transaction
from imagestore.common.errors import Unavailable
from imagestore.common.retention import Subject
from imagestore.common.table import Outcome
from imagestore.common.transaction import TransactionLost, Write
from imagestore.identity.records import Shop
from imagestore.webhooks import operations as webhooks
from imagestore.webhooks import queries as endpoints
from imagestore.webhooks.event_types import EventType

TRIES = 5


def reject(shop: Shop, id: str, broken: BrokenImage, now: datetime, condition: Condition | None = None) -> File | None:
    """`condition`: what must hold of the row; that it is awaited, unless told otherwise.

    One conditional update; for a shop that wants to be told a read and a transaction.
    """
    condition = in_state(*rules.AWAITED) if condition is None else condition
    won, row = _decide(shop, id, broken, now, condition)
    if not won or row is None:
        return too_late(row)
    give_back(row)
    return replace(row, state=FileState.REJECTED, rejected_at=now, reason_code=broken.code, reason_text=broken.text)


def too_late(row: File | None) -> File | None:
    """The file was decided before; bytes that come for one being removed are removed again."""
    if row is not None and row.state in rules.REMOVED:
        storage.remove_late(row.shop, row.id)
    return row


def _decide(shop: Shop, id: str, broken: BrokenImage, now: datetime, condition: Condition) -> Outcome[File]:
    """The file as it was before, or the row that refused."""
    actions = _rejected(shop, id, broken, now)
    if not endpoints.wanting(shop.id, EventType.FILE_REJECTED):
        return table.update(FileRow, keys.file_row(id), actions, condition, File, answer_old=True)
    file = _row(id)
    for _ in range(TRIES):
        if file is None:
            return Outcome(False, None)
        told = _event(file, broken, now)
        if _committed(file, actions, condition, told):
            webhooks.send(told)
            return Outcome(True, file)
        before, file = file, _row(id)
        if file is not None and (file.owner, file.charged) == (before.owner, before.charged):
            return Outcome(False, file)
    raise Unavailable("The file is being changed by others at this moment. Try again shortly.")


def _committed(file: File, actions: list[Action], condition: Condition, told: list[Write]) -> bool:
    """The change and its event together, if the file is still whose and charged what was read."""
    charged = FileRow.charged == file.charged if file.charged is not None else FileRow.charged.does_not_exist()
    as_read = condition & (FileRow.owner == file.owner) & charged
    try:
        transaction.commit([transaction.update(FileRow, keys.file_row(file.id), actions, as_read), *told])
    except TransactionLost:
        return False
    return True


def _event(file: File, broken: BrokenImage, now: datetime) -> list[Write]:
    reason = {"code": broken.code, "text": broken.text}
    data = {"file_id": file.id, "owner": file.owner, "reason": reason}
    return webhooks.announce(
        shop=file.shop, type=EventType.FILE_REJECTED, subject=f"file:{file.id}", data=data, now=now
    )


def _rejected(shop: Shop, id: str, broken: BrokenImage, now: datetime) -> list[Action]:
    return [
        FileRow.state.set(FileState.REJECTED),
        FileRow.rejected_at.set(now),
        FileRow.reason_code.set(broken.code),
        FileRow.reason_text.set(broken.text),
        FileRow.attention_key.set(keys.rejected_files(shop.id)),
        FileRow.attention_sort.set(id),
        FileRow.charged.remove(),
        FileRow.claimed_until.remove(),
        *waits_until(now + shop.policy.keep(Subject.REJECTED_FILE), now=now, shop=shop.id, id=id),
    ]


def _row(id: str) -> File | None:
    return table.get(FileRow, keys.file_row(id), File, consistent=True)
