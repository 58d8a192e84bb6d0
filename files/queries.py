"""Everything that only reads files."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from files import keys, rules, storage
from files.errors import FileNotFound, FileNotStored
from files.models import FileRow, OwnerRow, UploadsRow
from files.records import File, Owner, Totals, Uploads
from imagestore.common import browse, due, ids, paging, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedRead, Signer

MOST_SHOPS = 20
SMALL = "preview.webp"


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
    if file.state not in rules.READABLE:
        raise FileNotStored(f"The file is {file.state}; only a stored file can be read.", state=file.state)
    return storage.sign_read(Signer(now), file)


def signed_reads(files: Collection[File], now: datetime) -> dict[str, SignedRead]:
    """Urls of those that can be read: one key derivation for all."""
    signer = Signer(now)
    return {file.id: storage.sign_read(signer, file) for file in files if file.state in rules.READABLE}


def seen_by_staff(id: str) -> File | None:
    """A file of any shop, in any state."""
    return table.get(FileRow, keys.file_row(id), File, consistent=True) if ids.is_id(id) else None


def leaf_of_rejected(window: Window, *, shop: str) -> Leaf[File]:
    """Newest first, by registration."""
    return browse.leaf(FileRow, File, "by_attention", [keys.rejected_files(shop)], window)


def leaf_of_customer(window: Window, *, shop: str, customer: str) -> Leaf[File]:
    """Newest first, in whatever state."""
    partition = keys.files_of_owner(shop, rules.owner_of(customer))
    return browse.leaf(FileRow, File, "by_owner", [partition], window)


def leaf_of_owners(window: Window, *, shop: str) -> Leaf[Owner]:
    """The customers of a shop by their ids."""
    return browse.leaf(OwnerRow, Owner, "by_attention", keys.all_owners_of_shop(shop), window, descending=False)


def owners(places: Iterable[tuple[str, str]]) -> list[Owner]:
    """Those of the (shop, customer) that are known: one batch read per 100."""
    wanted = [keys.owner_row(shop, rules.owner_of(customer)) for shop, customer in places]
    return list(table.batch_get(OwnerRow, wanted, Owner).values())


def owner(place: str) -> Owner | None:
    """`place`: shop/customer."""
    shop, _, customer = place.partition("/")
    return next(iter(owners([(shop, customer)])), None) if customer else None


def totals(shops: Iterable[str]) -> Totals:
    """Of at most 20 shops and 100 customers each: what a page can afford to ask."""
    owners, cut = list[Owner](), False
    for shop in list(shops)[:MOST_SHOPS]:
        leaf = leaf_of_owners(Window(limit=100), shop=shop)
        owners += leaf.items
        cut = cut or leaf.more_after
    return Totals(sum(owner.used_files for owner in owners), sum(owner.used_bytes for owner in owners), cut)


def uploads_by_hour(now: datetime) -> list[tuple[datetime, Uploads]]:
    """Of the last 24 hours, oldest first: one batch read."""
    hours = due.hours(now - timedelta(hours=23), now)
    places = {hour: [keys.decided_uploads(hour, shard) for shard in range(rules.COUNTER_SHARDS)] for hour in hours}
    rows = table.batch_get(UploadsRow, (key for of_hour in places.values() for key in of_hour), Uploads)
    found = {hour: [rows[key] for key in of_hour if key in rows] for hour, of_hour in places.items()}
    return [(hour, sum(counted, Uploads())) for hour, counted in found.items()]


def picture_of(file: File, now: datetime) -> str | None:
    """A url that shows it for 15 minutes, while there are bytes of it: small, since no browser shows every original."""
    if file.state not in rules.READABLE:
        return None
    small = file.rendition(SMALL)
    return (storage.sign_rendition(Signer(now), file, SMALL) if small else storage.sign_read(Signer(now), file)).url
