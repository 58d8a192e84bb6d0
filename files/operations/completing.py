"""The end of an upload in parts: those that arrived make the file, which is then verified like any other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from files import keys, rules, storage
from files.errors import FileTooLarge, UploadIncomplete
from files.models import FileRow, in_state
from files.operations import multipart, quota
from files.records import File
from imagestore.common import table, transaction
from imagestore.common.errors import Unavailable
from imagestore.common.multipart import UploadedPart, UploadUnknown
from imagestore.common.objects import ObjectExists
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost
from imagestore.identity import queries as shops


class NamedPart(NamedTuple):
    """What a client says of a part that it sent. `etag` as storage told it, with or without quotes."""

    number: int
    etag: str


def complete_upload(
    *, id: str, parts: Sequence[NamedPart], principal: Principal, now: datetime, upload_id: str | None = None
) -> File:
    """Assembles the file; a repeat changes nothing. Bytes that nobody told before are counted now, once.

    Raises FileNotFound, UploadNotBegun, UploadNotFound, UploadClosed, UploadIncomplete, FileTooLarge,
    QuotaExceeded.
    """
    file = multipart.begun(id, principal, upload_id)
    if file.state not in rules.AWAITED:
        return file
    try:
        chosen = _chosen(file, parts, storage.parts(file))
        file = _counted(file, sum(part.size for part in chosen), now)
        storage.complete_parts(file, chosen)
    except (ObjectExists, UploadUnknown) as over:
        if storage.arrived(file.shop, file.id) is None:
            raise multipart.closed(file) from over
        # It came whole meanwhile, or an earlier call assembled it and its answer was lost.
        storage.abort_parts(file)
    return file


def _chosen(file: File, named: Sequence[NamedPart], arrived: Sequence[UploadedPart]) -> list[UploadedPart]:
    """All parts that arrived, if the client names just these and they make the file."""
    known = {part.number: part for part in arrived}
    for index, (number, etag) in enumerate(named):
        if number not in known:
            raise UploadIncomplete(f"Part {number} has not arrived.", f"parts.{index}.part_number")
        if etag.strip('"') != known[number].etag:
            raise UploadIncomplete(f"Part {number} arrived with another ETag.", f"parts.{index}.etag")
    numbers = sorted(number for number, _ in named)
    if numbers != list(range(1, len(known) + 1)):
        raise UploadIncomplete(
            "Name each part that arrived, once; they are numbered from 1 without a gap.", arrived=sorted(known)
        )
    chosen = [known[number] for number in numbers]
    for part in chosen[:-1]:
        if part.size < rules.SMALLEST_PART:
            raise UploadIncomplete(
                f"Part {part.number} has {part.size} bytes; all but the last have at least {rules.SMALLEST_PART}.",
                "parts", limit=rules.SMALLEST_PART,
            )  # fmt: skip
    _check_size(file, sum(part.size for part in chosen))
    return chosen


def _check_size(file: File, size: int) -> None:
    most = min(rules.LARGEST_FILE, shops.known_shop(file.shop).byte_quota)
    if size > most:
        raise FileTooLarge(f"The parts have {size} bytes; a file has at most {most}.", limit=most)
    if not size or (file.size and size != file.size):
        text = f"The parts have {size} bytes, but {file.size} were announced." if file.size else "No part has arrived."
        raise UploadIncomplete(text, announced=file.size, arrived_bytes=size)


def _counted(file: File, size: int, now: datetime) -> File:
    """Its bytes are noted on its row by the very write that counts them: they are given back like any other's."""
    if file.size:
        return file
    told = [FileRow.size.set(size), FileRow.charged.set(size)]
    condition = in_state(*rules.AWAITED) & (FileRow.size == 0) & (FileRow.owner == file.owner)
    noted = transaction.update(FileRow, keys.file_row(file.id), told, condition)
    try:
        quota.add_bytes_with(noted, shops.known_shop(file.shop), file.owner, size, now)
    except TransactionLost as lost:
        row = table.get(FileRow, keys.file_row(file.id), File, consistent=True)
        if row is None or row.state not in rules.AWAITED or row.size != size:
            raise Unavailable("The file was changed by someone else at this moment; complete it again.") from lost
        return row
    return replace(file, size=size, charged=size)
