"""What staff do to one file, with a reason that the audit log keeps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from files import keys, queries, rules
from files.errors import FileNotFound, FileNotTrashed, FileNotVerifiable
from files.models import FileRow, OwnerRow, in_state, looked_at, waits_until
from files.operations.asking import ask_to_decode
from files.operations.confirming import confirm
from files.records import File, FileState
from imagestore.audit import operations as audit
from imagestore.common import transaction
from imagestore.common.principal import Principal
from imagestore.common.retention import Subject
from imagestore.common.transaction import TransactionLost, Write
from imagestore.identity import queries as shops


class _Deed(NamedTuple):
    principal: Principal
    reason: str
    now: datetime
    details: Mapping[str, Any]


def restore(*, id: str, principal: Principal, reason: str, now: datetime) -> None:
    """From the trash back to `stored`, with the grace of a file just released. Raises FileNotFound, FileNotTrashed."""
    principal.require_role("support")
    file = _known(id)
    purge_after = now + shops.known_shop(file.shop).policy.keep(Subject.RELEASED_FILE)
    due_at = rules.decoded_soon(purge_after, now) if file.undecoded else purge_after
    actions = [
        FileRow.state.set(FileState.STORED),
        FileRow.released_at.set(now),
        FileRow.trashed_at.remove(),
        FileRow.purge_after.set(purge_after),
        *looked_at(due_at, now=now, shop=file.shop, id=id),
    ]
    write = transaction.update(FileRow, keys.file_row(id), actions, in_state(FileState.TRASHED))
    try:
        _record("file.restored", file, [write], _Deed(principal, reason, now, {}))
    except TransactionLost as lost:
        raise FileNotTrashed(f"The file is {_known(id).state}; only a trashed file can be restored.") from lost


def verify_again(*, id: str, principal: Principal, reason: str, now: datetime) -> File | None:
    """Asks storage once more about a file that is awaited or was rejected; None while there are no bytes of it.

    Raises FileNotFound, FileNotVerifiable.
    """
    principal.require_role("support")
    file = _known(id)
    if file.reason_code == rules.QUARANTINED:
        raise FileNotVerifiable("The file is quarantined: nobody may make it readable again.")
    if file.state not in rules.VERIFIABLE:
        raise FileNotVerifiable(f"The file is {file.state}; only an awaited or rejected file can be verified again.")
    writes = _await_again(file, now) if file.state == FileState.REJECTED else []
    try:
        _record("file.verified-again", file, writes, _Deed(principal, reason, now, {"was": file.state}))
    except TransactionLost as lost:
        raise FileNotVerifiable("The file was changed by someone else at this moment. Look again.") from lost
    confirmed = confirm(file, now)
    ask_to_decode([confirmed])
    return confirmed


def _await_again(file: File, now: datetime) -> list[Write]:
    """As if its bytes had just been announced; whoever dies here leaves a file that the sweep decides."""
    policy = shops.known_shop(file.shop).policy
    forgotten = (
        FileRow.rejected_at, FileRow.reason_code, FileRow.reason_text, FileRow.attention_key, FileRow.attention_sort,
    )  # fmt: skip
    actions = [
        FileRow.state.set(FileState.REGISTERED),
        FileRow.charged.set(file.size),
        *(attribute.remove() for attribute in forgotten),
        *waits_until(now + policy.keep(Subject.ABANDONED_UPLOAD), now=now, shop=file.shop, id=file.id),
    ]
    counted = [OwnerRow.used_files.add(1), OwnerRow.used_bytes.add(file.size)]
    return [
        transaction.update(FileRow, keys.file_row(file.id), actions, in_state(FileState.REJECTED)),
        transaction.update(OwnerRow, keys.owner_row(file.shop, file.owner), counted, OwnerRow.pk.exists()),
    ]


def _known(id: str) -> File:
    file = queries.seen_by_staff(id)
    if file is None or file.state in rules.REMOVED:
        raise FileNotFound("There is no file with this id.")
    return file


def _record(action: str, file: File, writes: Sequence[Write], deed: _Deed) -> None:
    audit.record(writes, action=action, subject=f"file:{file.id}", **deed._asdict())
