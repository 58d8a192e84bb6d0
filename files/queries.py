"""Everything that only reads files."""

from collections.abc import Collection
from datetime import datetime

from files import keys, rules, storage
from files.errors import FileNotFound, FileNotStored
from files.models import FileRow
from files.records import File, FileState
from imagestore.common import ids, paging, table
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedRead, Signer

READABLE = (FileState.STORED, FileState.TRASHED)


def file_of(principal: Principal, id: str) -> File:
    """Raises FileNotFound for an unknown, removed or foreign id alike."""
    file = table.get(FileRow, keys.file_row(id), File, consistent=True) if ids.is_id(id) else None
    if file is None or file.state in rules.REMOVED or not rules.may_see(principal, file):
        raise FileNotFound("There is no file with this id.")
    return file


def files_of_owner(
    *, principal: Principal, customer: str, cursor: str | None, limit: int
) -> tuple[list[File], str | None]:
    """Newest first, and the cursor of the next page. One index query and one batch read per 100."""
    partition = keys.files_of_owner(principal.shop, rules.owner_of(customer))
    page = table.query_index(
        "by_owner", partition, limit=limit, descending=True, start=paging.position(cursor, partition)
    )
    rows = table.batch_get(FileRow, [entry.key for entry in page.items], File)
    found = [rows[entry.key] for entry in page.items if entry.key in rows]
    return [file for file in found if file.state not in rules.REMOVED], paging.cursor(page.next, partition)


def files_by_id(wanted: Collection[str]) -> dict[str, File]:
    """Rows as they are, also of other owners: for callers that hold them."""
    rows = table.batch_get(FileRow, [keys.file_row(id) for id in wanted], File)
    return {file.id: file for file in rows.values()}


def content_of(*, id: str, principal: Principal, now: datetime) -> SignedRead:
    """A url that reads the original. Raises FileNotFound, FileNotStored."""
    file = file_of(principal, id)
    if file.state not in READABLE:
        raise FileNotStored(f"The file is {file.state}; only a stored file can be read.", state=file.state)
    return storage.sign_read(Signer(now), file)


def signed_reads(files: Collection[File], now: datetime) -> dict[str, SignedRead]:
    """Urls of those that can be read: one key derivation for all."""
    signer = Signer(now)
    return {file.id: storage.sign_read(signer, file) for file in files if file.state in READABLE}
