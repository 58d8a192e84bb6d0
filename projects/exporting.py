"""Everything of a customer as a ZIP: what is known of it as JSON, and its originals, in constant memory.

Each original is held against its SHA-256 while it is read; one that storage does not have, or has other bytes of, is
named in the last entry, which also counts. Photos of others that a project of hers uses are named, not copied.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import orjson

from imagestore.audit import operations as audit
from imagestore.common import archives
from imagestore.common.archives import Entry, Sink
from imagestore.common.objects import ObjectDamaged, ObjectMissing
from imagestore.common.principal import Principal
from imagestore.identity import queries as shops
from imagestore.purchases import queries as purchases
from projects import file_holds, queries
from projects.carts import queries as carts
from projects.file_holds import File, FileState
from projects.orders import queries as orders
from projects.orders import snapshots
from projects.packages.rules import safe_name
from projects.records import Head, Version
from projects.shares import queries as shares

READABLE = (FileState.STORED, FileState.TRASHED)
OF_OURS = {"due_sort", "charged", "claimed_until", "upload_id", "password", "purge_after", "held_rev", "held_by"}
"""What rows tell of the system, not of the customer."""
Tell = Callable[[int, int], object]


@dataclass(slots=True)
class Exported:
    """Counts by word; `problems`: originals that could not be read, by id."""

    counts: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def count(self, word: str, number: int = 1) -> None:
        self.counts[word] = self.counts.get(word, 0) + number


def export_customer(
    *,
    shop: str,
    customer: str,
    into: Sink,
    principal: Principal,
    reason: str,
    now: datetime,
    tell: Tell = lambda files, size: None,
) -> Exported:
    """Recorded before the first byte is read. `tell`: hears of files and bytes, after each page of files.

    Raises RoleMissing, ShopNotFound.
    """
    principal.require_role("admin")
    shops.known_shop(shop)
    subject = f"customer:{shop}/{customer}"
    audit.record([], action="customer.exported", subject=subject, principal=principal, reason=reason, now=now)
    exported = Exported()
    archives.write(into, _entries(shop, f"customer:{customer}", exported, tell, now))
    return exported


def _entries(shop: str, owner: str, exported: Exported, tell: Tell, now: datetime) -> Iterator[Entry]:
    """The visits are the customer's, too: what nobody has handed over yet stands under theirs."""
    visits = file_holds.visits_of(shop, owner)
    known = {**_told(file_holds.customer(shop, owner)), "last_purchase_at": purchases.last_purchase(shop, owner)}
    yield _json("customer.json", known)
    yield _json("visits.json", [_told(visit) for visit in visits])
    exported.count("visits", len(visits))
    reader = Principal(kind="shop", shop=shop)
    for one in (owner, *(f"session:{visit.id}" for visit in visits)):
        yield from _projects(reader, one, exported, now)
        yield from _cart_items(reader, one, exported, now)
        yield from _orders(reader, one, exported)
        yield from _files(shop, one, exported, tell)
    yield _json("export.json", {"exported_at": now, "counts": exported.counts, "problems": exported.problems})


def _files(shop: str, owner: str, exported: Exported, tell: Tell) -> Iterator[Entry]:
    for files in file_holds.pages_of(shop, owner):
        for file in files:
            exported.count("files")
            yield _json(f"files/{file.id}.json", _told(file))
            if file.state in READABLE:
                name = f"files/{file.id}-{safe_name(file.name) or 'photo'}"
                yield Entry(name, file.size, _original(file, exported))
        if files:
            tell(exported.counts["files"], exported.counts.get("bytes", 0))


def _original(file: File, exported: Exported) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    try:
        for piece in file_holds.read_original(shop=file.shop, id=file.id, version=file.object_version):
            digest.update(piece)
            size += len(piece)
            yield piece
    except ObjectMissing:
        exported.problems[file.id] = "storage has no bytes of it"
        return
    except ObjectDamaged:
        exported.problems[file.id] = "storage keeps other bytes than it got"
        return
    if file.sha256 and digest.hexdigest() != file.sha256:
        exported.problems[file.id] = f"its SHA-256 is {digest.hexdigest()}, and was {file.sha256}"
    exported.count("originals")
    exported.count("bytes", size)


def _projects(reader: Principal, owner: str, exported: Exported, now: datetime) -> Iterator[Entry]:
    cursor: str | None = None
    while True:
        wanted = queries.Listing(owner)
        heads, cursor = queries.projects_of_owner(principal=reader, wanted=wanted, cursor=cursor, limit=100)
        for head in heads:
            exported.count("projects")
            told = [_told(share) for share in shares.good_shares(head.id, now)]
            exported.count("shares", len(told))
            yield _json(f"projects/{head.id}/project.json", {**_told(head), "shares": told})
            for version in queries.history(head):
                exported.count("versions")
                yield _json(f"projects/{head.id}/version-{version.number:08d}.json", _version(head, version))
        if cursor is None:
            return


def _version(head: Head, version: Version) -> dict[str, Any]:
    content = queries.content_of(head, version)
    return {
        "version": version.number,
        "saved_at": version.saved_at,
        "saved_by": version.saved_by,
        "kind": version.kind,
        "files": dict(content.files),
        "placements": list(content.placements),
        "document": orjson.Fragment(content.document),
    }


def _cart_items(reader: Principal, owner: str, exported: Exported, now: datetime) -> Iterator[Entry]:
    cursor: str | None = None
    while True:
        items, cursor = carts.items_of_owner(principal=reader, owner=owner, cursor=cursor, limit=100)
        for item in items:
            exported.count("cart items")
            content = carts.load(principal=reader, owner=owner, id=item.id, urls="none", now=now).content
            told = {"files": dict(content.files), "placements": list(content.placements)}
            document = orjson.Fragment(content.document)
            yield _json(f"cart-items/{item.pin}.json", {**_told(item), **told, "document": document})
        if cursor is None:
            return


def _orders(reader: Principal, owner: str, exported: Exported) -> Iterator[Entry]:
    cursor: str | None = None
    while True:
        found, cursor = orders.orders_of_owner(principal=reader, owner=owner, states=(), cursor=cursor, limit=100)
        for order in found:
            exported.count("orders")
            there = order.let_go_at is None
            snapshot = orjson.Fragment(snapshots.canonical(orders.snapshot_of(order))) if there else None
            yield _json(f"orders/{order.id}.json", {**_told(order), "snapshot": snapshot})
        if cursor is None:
            return


def _told(record: Any) -> dict[str, Any]:
    """A record without what tells nothing of the customer; empty for none."""
    if record is None:
        return {}
    return {part.name: getattr(record, part.name) for part in fields(record) if part.name not in OF_OURS}


def _json(name: str, told: Any) -> Entry:
    body = orjson.dumps(told, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Entry(name, len(body), [body])


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else str(value)
