"""What an owner has, page by page, for those who do something with all of it."""

from collections.abc import Iterator

from files import keys, rules
from files.models import FileRow, OwnerRow, SessionRow
from files.records import File, Owner, UploadSession
from imagestore.common import table

PAGE = 100


def customer(shop: str, owner: str) -> Owner | None:
    return table.get(OwnerRow, keys.owner_row(shop, owner), Owner, consistent=True)


def visits_of(shop: str, owner: str) -> list[UploadSession]:
    """Those that a customer opened or claimed, in whatever state."""
    found, start = list[UploadSession](), None
    while True:
        page = table.query_index("by_owner", keys.visits_of_owner(shop, owner), limit=PAGE, start=start)
        rows = table.batch_get(SessionRow, [entry.key for entry in page.items], UploadSession, consistent=True)
        found += [visit for visit in rows.values() if visit.customer and rules.owner_of(visit.customer) == owner]
        start = page.next
        if start is None:
            return found


def pages_of(shop: str, owner: str) -> Iterator[list[File]]:
    """Its files in the order of their registration, in whatever state but gone."""
    start = None
    while True:
        page = table.query_index("by_owner", keys.files_of_owner(shop, owner), limit=PAGE, start=start)
        rows = table.batch_get(FileRow, [entry.key for entry in page.items], File, consistent=True)
        found = (rows[entry.key] for entry in page.items if entry.key in rows)
        yield [file for file in found if file.owner == owner and file.state not in rules.REMOVED]
        start = page.next
        if start is None:
            return
