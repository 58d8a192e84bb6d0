"""Everything that only reads files."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from files import keys, records, renditions, rules, storage, visits
from files.errors import FileNotFound, FileNotStored, HandoffClosed, SessionNotFound, VisitOver
from files.models import FileRow, HandoffRow, OwnerRow, RenditionsRow, SessionRow, UploadsRow
from files.records import File, FileState, Handoff, Owner, SessionState, Totals, Uploads, UploadSession, Usage
from imagestore.common import browse, due, held_back, ids, paging, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.principal import Principal
from imagestore.common.retention import Explained
from imagestore.common.rows import Key
from imagestore.common.signing import SignedRead, Signer
from imagestore.common.table import IndexEntry, Page
from imagestore.holds import queries as holds
from imagestore.holds.rules import holder
from imagestore.identity import queries as shops
from imagestore.identity.issued import Issued
from imagestore.purchases import queries as purchases

MOST_SHOPS = 20
READ_AT_ONCE, FILTERED_READS = 100, 3
SEARCHED_AT_ONCE, SEARCHED_PAGES = 10_000, 10
MOST_COPIES = 5
"""Of files with one hash, the newest so many are looked at."""
SMALL = "preview.webp"


def file_of(principal: Principal, id: str) -> File:
    """Raises FileNotFound for an unknown, removed or foreign id alike."""
    file = table.get(FileRow, keys.file_row(id), File, consistent=True) if ids.is_id(id) else None
    if file is None or file.state in rules.REMOVED or not rules.may_see(principal, file):
        raise FileNotFound("There is no file with this id.")
    return file


def visible_files(principal: Principal, wanted: Collection[str]) -> dict[str, File]:
    """By id; unknown, removed and foreign ones are left out alike. One batch read per 100."""
    found = files_by_id([id for id in wanted if ids.is_id(id)], consistent=True)
    return {
        id: file for id, file in found.items() if file.state not in rules.REMOVED and rules.may_see(principal, file)
    }


@dataclass(frozen=True, slots=True)
class Listing:
    """Files of an owner, newest first: in some states (none named: in all), newer than `after` (then oldest first)."""

    owner: str
    states: frozenset[FileState] = frozenset()
    after: str | None = None

    def shows(self, file: File) -> bool:
        return file.state not in rules.REMOVED and (not self.states or file.state in self.states)


def files_of_owner(
    *, principal: Principal, wanted: Listing, cursor: str | None, limit: int
) -> tuple[list[File], str | None]:
    """What was wanted, and the cursor of the next page, good for the very same question.

    One index query and one batch read of `limit` rows. With states up to three of 100 each: whoever asks for rare
    ones gets fewer than `limit`, and a cursor that goes on from there.
    """
    partition = keys.files_of_owner(principal.shop, wanted.owner)
    question = f"{partition}?{','.join(sorted(wanted.states))}&{wanted.after or ''}"
    start, found = paging.position(cursor, question), list[File]()
    for _ in range(FILTERED_READS if wanted.states else 1):
        page = _page_of_owner(partition, wanted, READ_AT_ONCE if wanted.states else limit, start)
        rows = table.batch_get(FileRow, [entry.key for entry in page.items], File)
        for entry in page.items:
            if entry.key in rows and wanted.shows(rows[entry.key]):
                found.append(rows[entry.key])
            if len(found) == limit and entry != page.items[-1]:
                return found, paging.cursor(_position(entry, partition), question)
        start = page.next
        if start is None or len(found) == limit:
            break
    return found, paging.cursor(start, question)


def _page_of_owner(partition: str, wanted: Listing, limit: int, start: dict[str, str] | None) -> Page[IndexEntry]:
    low = keys.places_after(wanted.after) if wanted.after else ""
    falling = wanted.after is None
    return table.query_index("by_owner", partition, low=low, limit=limit, descending=falling, start=start)


def _position(entry: IndexEntry, partition: str) -> dict[str, str]:
    """Where a page starts that follows this entry."""
    return {**entry.key._asdict(), "owner_key": partition, "owner_sort": entry.sort}


def known_files(*, shop: str, owner: str, hashes: Collection[str]) -> dict[str, File]:
    """The owner's stored files with these SHA-256, the newest of each.

    The owner's list tells the beginning of each hash: one query for about 7,000 files and nothing written for it,
    ever. The rows then decide, so that what was trashed, purged or handed over is not answered.
    """
    partition, start = keys.files_of_owner(shop, owner), None
    nominated: dict[str, list[Key]] = {digest[: keys.HASH_DIGITS]: [] for digest in hashes}
    for _ in range(SEARCHED_PAGES):
        page = table.query_index("by_owner", partition, limit=SEARCHED_AT_ONCE, descending=True, start=start)
        for entry in page.items:
            same = nominated.get(keys.hash_in_place(entry.sort))
            if same is not None and len(same) < MOST_COPIES:
                same.append(entry.key)
        start = page.next
        if start is None:
            break
    rows = table.batch_get(FileRow, chain.from_iterable(nominated.values()), File, consistent=True)
    newest_last = sorted(rows.values(), key=lambda file: file.id)
    known = {file.sha256: file for file in newest_last if rules.is_stored_for(file, shop, owner)}
    return {digest: known[digest] for digest in hashes if digest in known}


def usage(*, principal: Principal, owner: str) -> tuple[Usage, Usage]:
    """What the owner has stored and reserved, and the limits. One read."""
    session = rules.session_of_owner(owner)
    if session:
        found = table.get(SessionRow, keys.session_row(principal.shop, session), Usage, consistent=True)
    else:
        found = table.get(OwnerRow, keys.owner_row(principal.shop, owner), Usage, consistent=True)
    shop = shops.known_shop(principal.shop)
    return found or Usage(), Usage(shop.file_quota, shop.byte_quota)


def session_of(principal: Principal, id: str) -> UploadSession:
    """For the visit itself, its customer and the shop's server. Raises SessionNotFound for all others."""
    session = table.get(SessionRow, keys.session_row(principal.shop, id), UploadSession, consistent=True)
    if session is None or not visits.may_see(principal, session):
        raise SessionNotFound("There is no upload session with this id.")
    return session


def check_visit(principal: Principal, now: datetime) -> None:
    """Raises VisitOver for a guest after the logout, or after its time. One read for a guest, none for others."""
    if principal.session is None or principal.customer is not None:
        return
    key = keys.session_row(principal.shop, principal.session)
    visit = table.get(SessionRow, key, UploadSession, consistent=True)
    if visit is not None and visits.is_over(visit, now):
        raise VisitOver("The visit is over, and what it uploaded is no longer shown to its guest.")


def as_claimed(principal: Principal) -> Principal:
    """A visit that was claimed, as the customer who has its files now: what it began goes on. One read for a visit.

    Only for who proves by more than a file's id that the file is meant.
    """
    if principal.session is None or principal.customer is not None:
        return principal
    return replace(principal, customer=session_of(principal, principal.session).customer)


def check_handoff(token: Issued, now: datetime, *, room: int = 0) -> None:
    """Raises HandoffClosed when the link was revoked or has no room, or when its visit is over."""
    who = token.principal
    place = keys.handoff_row(who.shop, str(who.session), token.id)
    handoff = table.get(HandoffRow, place, Handoff, consistent=True)
    if handoff is None or handoff.revoked_at or handoff.ends_at <= now or handoff.left_files < room:
        raise HandoffClosed(visits.why_closed(handoff, now))
    visit = table.get(SessionRow, keys.session_row(who.shop, str(who.session)), UploadSession, consistent=True)
    if visit is None or visit.state != SessionState.OPEN or visit.ends_at <= now:
        raise HandoffClosed("The visit that this link belongs to is over. Ask for a new code on the other screen.")


def visit_of(file: File) -> UploadSession | None:
    """The session that owns a file, as it stands now; None for a customer's file, and for a session long over."""
    return visit_of_owner(file.shop, file.owner)


def visit_of_owner(shop: str, owner: str) -> UploadSession | None:
    id = rules.session_of_owner(owner)
    return table.get(SessionRow, keys.session_row(shop, id), UploadSession, consistent=True) if id else None


def explained(file: File) -> Explained:
    """What happens to it, when and why."""
    visit = visit_of(file)
    customer = rules.owner_of(visit.customer) if visit and visit.customer else file.owner
    held = map(holder, holds.on_owner(file.shop, customer)) if file.state not in rules.REMOVED else ()
    file = replace(file, holders=file.holders.union(held))
    policy = purchases.policy_for(rules.thing_of(file))
    found = rules.explained(file, policy, visit)
    if renditions.go(file, policy):
        dated = table.get(RenditionsRow, keys.renditions_row(file.id), records.DatedRenditions, consistent=True)
        found = replace(found, because=(*found.because, renditions.told(file, dated, policy)))
    return held_back.told(found, file.shop)


def all_holders() -> Iterator[tuple[str, str, frozenset[str]]]:
    """(id, shop, holders) of every file that has any. It reads the whole table."""
    for file in table.scan(FileRow, File, "FILE#", "FILE"):
        if file.holders:
            yield file.id, file.shop, file.holders


def files_by_id(wanted: Collection[str], *, consistent: bool = False) -> dict[str, File]:
    """Rows as they are, also of other owners: for callers that hold them."""
    rows = table.batch_get(FileRow, [keys.file_row(id) for id in wanted], File, consistent)
    return {file.id: file for file in rows.values()}


def content_of(*, id: str, principal: Principal, now: datetime) -> SignedRead:
    """A url that reads the original. Raises FileNotFound, FileNotStored."""
    file = file_of(principal, id)
    if file.state not in rules.READABLE:
        raise FileNotStored(f"The file is {file.state}; only a stored file can be read.", state=file.state)
    return storage.sign_read(Signer(now), file)


def read_original(*, shop: str, id: str, version: str | None) -> Iterator[bytes]:
    """The version that was confirmed, piece by piece, for callers that hold the file: no row is read for it.

    Raises objects.ObjectMissing, objects.ObjectDamaged.
    """
    return storage.read_original(shop, id, version)


def signed_reads(files: Collection[File], now: datetime) -> dict[str, SignedRead]:
    """Urls of those that can be read: one key derivation for all."""
    signer = Signer(now)
    return {file.id: storage.sign_read(signer, file) for file in files if file.state in rules.READABLE}


def signed_renditions(files: Collection[File], kind: str, now: datetime) -> dict[str, SignedRead]:
    """Urls of the previews or thumbnails that are made."""
    signer, name = Signer(now), f"{kind}.webp"
    made = (file for file in files if file.state in rules.READABLE and file.rendition(name))
    return {file.id: storage.sign_rendition(signer, file, name) for file in made}


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
