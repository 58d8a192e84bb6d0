"""Uploads in parts: for large files, which go on where they were interrupted.

Clients put parts to signed urls. We begin, complete and abort, so that what is under the final key was chosen here:
all parts that arrived, of the announced size if one was announced, and only where no object is yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from files import keys, rules, storage
from files.errors import FileHeld, PartsInvalid, UploadClosed, UploadNotBegun, UploadNotFound, UploadWhole
from files.models import FileRow, in_state
from files.operations import removing
from files.operations.registering import put_unannounced, unannounced
from files.queries import file_of
from files.records import File, FileState
from imagestore.common import table
from imagestore.common.multipart import UploadedPart, UploadUnknown
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedUpload, Signer


@dataclass(frozen=True, slots=True)
class SignedPart:
    """`size`: the part has exactly so many bytes; None where the file's size was not announced."""

    number: int
    size: int | None
    upload: SignedUpload


def register_in_parts(
    *,
    name: str,
    content_type: str,
    owner: str,
    principal: Principal,
    now: datetime,
    keep_until: datetime | None = None,
    link: str | None = None,
) -> File:
    """A file whose size nobody told, and its upload. `link`: its mark.

    Raises FileInvalid, QuotaExceeded, SessionClosed.
    """
    file = unannounced(
        name=name, content_type=content_type, owner=owner, principal=principal, keep_until=keep_until, now=now
    )
    begun = replace(file, link=link, state=FileState.UPLOADING, upload_id=storage.begin_parts(file))
    try:
        put_unannounced(begun, principal, now)
    except Exception:
        storage.abort_parts(begun)
        raise
    return begun


def begin_upload(*, id: str, principal: Principal) -> File:
    """Of a registered file; a repeat answers the upload that was begun. Raises FileNotFound, UploadClosed, UploadWhole.

    Dying in between leaves an upload without parts, which the bucket's own rule ends.
    """
    file = file_of(principal, id)
    if file.state not in rules.AWAITED or not file.announced:
        raise closed(file)
    if file.size <= rules.SMALLEST_PART:
        text = f"A file of up to {rules.SMALLEST_PART} bytes is sent whole."
        raise UploadWhole(text, limit=rules.SMALLEST_PART)
    if file.upload_id:
        return file
    begun = replace(file, upload_id=storage.begin_parts(file))
    actions = [FileRow.state.set(FileState.UPLOADING), FileRow.upload_id.set(str(begun.upload_id))]
    condition = in_state(*rules.AWAITED) & FileRow.upload_id.does_not_exist()
    won, row = table.update(FileRow, keys.file_row(id), actions, condition, File)
    if won and row is not None:
        return row
    storage.abort_parts(begun)
    if row is None or row.state not in rules.AWAITED:
        raise closed(row or file)
    return row


def sign_parts(
    *, id: str, numbers: Sequence[int], principal: Principal, now: datetime, upload_id: str | None = None
) -> list[SignedPart]:
    """Urls for these parts, as often as asked. Raises FileNotFound, UploadClosed, UploadNotFound, PartsInvalid."""
    file = under_way(id, principal, upload_id)
    sizes = rules.part_sizes(file.size) if file.announced else []
    most, signer = len(sizes) or rules.MOST_PARTS, Signer(now)
    for index, number in enumerate(numbers):
        if not 1 <= number <= most:
            raise PartsInvalid(f"The parts of this file are 1 to {most}.", f"part_numbers.{index}", limit=most)
    wanted = [(number, sizes[number - 1] if sizes else None) for number in numbers]
    return [SignedPart(number, size, storage.sign_part(signer, file, number, size)) for number, size in wanted]


def parts_of(*, id: str, principal: Principal, upload_id: str | None = None) -> list[UploadedPart]:
    """What has arrived, for a client that goes on. Raises FileNotFound, UploadClosed, UploadNotFound."""
    file = under_way(id, principal, upload_id)
    try:
        return storage.parts(file)
    except UploadUnknown as over:
        raise closed(file) from over


def abort_upload(*, id: str, principal: Principal, now: datetime, upload_id: str | None = None) -> None:
    """Removes the parts. A file that cannot come in another way goes too. Of one that was completed it is too late.

    Raises FileNotFound, FileHeld, UploadClosed, UploadNotBegun, UploadNotFound.
    """
    file = under_way(id, principal, upload_id)
    if file.holders and not file.announced:
        raise FileHeld("The file is in use; remove it there first.", holders=sorted(file.holders))
    aborted = storage.abort_parts(file)
    if not file.announced:
        removing.trash(id=id, principal=principal, now=now)
        return
    if not aborted and storage.arrived(file.shop, file.id) is not None:
        raise UploadClosed("The file was completed already.", state=file.state)
    actions = [FileRow.state.set(FileState.REGISTERED), FileRow.upload_id.remove()]
    condition = in_state(*rules.AWAITED) & (FileRow.upload_id == file.upload_id)
    table.update(FileRow, keys.file_row(id), actions, condition, File)


def begun(id: str, principal: Principal, upload_id: str | None) -> File:
    """`upload_id`: of a client that names it; others mean the one upload that the file has."""
    file = file_of(principal, id)
    if upload_id is not None and upload_id != file.upload_id:
        raise UploadNotFound("There is no such upload of this file.")
    if file.upload_id is None:
        raise UploadNotBegun("Begin an upload in parts first.")
    return file


def under_way(id: str, principal: Principal, upload_id: str | None) -> File:
    file = begun(id, principal, upload_id)
    if file.state not in rules.AWAITED:
        raise closed(file)
    return file


def closed(file: File) -> UploadClosed:
    if file.state in rules.AWAITED and file.upload_id:
        return UploadClosed("This upload is over. Abort it, then begin another.", state=file.state)
    if file.state in rules.AWAITED:
        return UploadClosed("The file comes by a form; register it again to send it in parts.", state=file.state)
    return UploadClosed(f"The file is {file.state} and takes no parts.", state=file.state)
