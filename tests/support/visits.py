"""Visits with stored photos that are rows alone, for tests that look at no bytes."""

from datetime import datetime, timedelta

from files import keys, operations
from files.models import FileRow, OwnerRow, SessionRow, new_row
from files.records import File, FileState, UploadSession, Usage
from imagestore.common import ids, table
from imagestore.common.principal import Principal
from tests.support.world import ALL_SCOPES

SIZE = 1_000


def guest(session: str = "V-1") -> Principal:
    return Principal(kind="customer", shop="acme", session=session, scopes=ALL_SCOPES)


def logged_in(session: str = "V-1", customer: str = "anna") -> Principal:
    """The same visit after a login."""
    return Principal(kind="customer", shop="acme", customer=customer, session=session, scopes=ALL_SCOPES)


def visit_with(number: int, now: datetime, session: str = "V-1") -> list[File]:
    """An open visit with so many stored photos."""
    operations.open_session(customer=None, principal=guest(session), now=now)
    photos = [
        File(
            id=ids.new_id(now),
            shop="acme",
            owner=f"session:{session}",
            state=FileState.STORED,
            size=SIZE,
            created_at=now,
            sha256=f"{index:064x}",
        )
        for index in range(number)
    ]
    table.put_batch([new_row(photo, now + timedelta(hours=6)) for photo in photos])
    used = [SessionRow.used_files.add(number), SessionRow.used_bytes.add(number * SIZE)]
    table.update(SessionRow, keys.session_row("acme", session), used, None, UploadSession)
    return photos


def rows(photos: list[File]) -> list[File]:
    """In the order given, as they are now."""
    found = table.batch_get(FileRow, [keys.file_row(photo.id) for photo in photos], File, consistent=True)
    return [found[keys.file_row(photo.id)] for photo in photos]


def usage(customer: str = "anna") -> Usage | None:
    return table.get(OwnerRow, keys.owner_row("acme", f"customer:{customer}"), Usage, consistent=True)
