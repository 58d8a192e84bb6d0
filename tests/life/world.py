"""Two customers, their photos, projects, copies, carts and orders, at a time that the test moves."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from files import operations as files
from files import queries as file_queries
from files.records import File, FileState
from imagestore.common import aws, contracts, due, table
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Key
from projects import keys, operations, queries
from projects.carts import operations as carts
from projects.carts import queries as cart_queries
from projects.carts.models import PinRow
from projects.carts.records import CartItem, Pin, PinState
from projects.orders import keys as order_keys
from projects.orders import operations as orders
from projects.orders import queries as order_queries
from projects.orders.records import OrderState
from projects.records import ProjectState
from tests.support.world import customer

LIVING = (ProjectState.ACTIVE, ProjectState.TRASHED)
OWNERS = ("anna", "bob")
SWEEPS: dict[str, Callable[..., SliceReport]] = {
    "files.sweep_slice": files.sweep_slice,
    "projects.sweep_slice": operations.sweep_slice,
    "projects.sweep_carts": carts.sweep_slice,
    "projects.sweep_orders": orders.sweep_slice,
}
ROUNDS = 8


@dataclass
class World:
    """What was made, by id; `documents` is what each version, cart item and order was told to keep."""

    now: datetime
    photos: dict[str, list[File]]
    projects: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    kept: dict[tuple[str, int], bytes] = field(default_factory=dict)
    lines: dict[tuple[str, str], bytes] = field(default_factory=dict)
    orders: dict[str, tuple[str, str]] = field(default_factory=dict)

    def all_photos(self) -> list[str]:
        return [photo.id for photos in self.photos.values() for photo in photos]

    def files(self) -> dict[str, File]:
        return file_queries.files_by_id(self.all_photos(), consistent=True)

    def pass_time(self, days: int) -> None:
        self.now += timedelta(days=days)

    def sweep(self) -> None:
        """As often as something is due: what one sweep lets go the next one takes further."""
        for _ in range(ROUNDS):
            found = list(self._due())
            if not found:
                return
            for task in {task for task, _ in found}:
                rows = [key for other, key in found if other == task]
                report = SWEEPS[task](row_keys=rows, dry_run=False, now=self.now)
                assert report.failures == [], report.failures

    def _due(self) -> Iterator[tuple[str, Key]]:
        for row in _rows():
            if "due_sort" in row and (entry := due.parse(row["due_sort"]["S"])).due_at <= self.now:
                task = contracts.SWEEP_SLICES.get(entry.kind)
                if task in SWEEPS:
                    yield task, Key(row["pk"]["S"], row["sk"]["S"])

    def used(self) -> dict[str, set[str]]:
        """Which holders every photo must have: of kept versions, cart items and orders that are there."""
        found: dict[str, set[str]] = {}
        for id in self.projects:
            head = queries.head_of(id)
            if head is not None and head.state in LIVING:
                for row in queries.history(head):
                    _add(found, queries.content_of(head, row).photos, keys.holder(id))
        for owner, id in self.lines:
            if item := self.line(owner, id):
                content = cart_queries.pinned_in_cart(
                    principal=customer(owner), owner=f"customer:{owner}", id=id
                ).content
                _add(found, content.photos, f"cart:{item.pin}")
        for id in self.orders:
            order = order_queries.find_order(id)
            if order is not None and order.state not in (OrderState.DELETING, OrderState.GONE):
                _add(found, order_queries.snapshot_of(order).files, order_keys.holder(id))
        return found

    def letting_go(self) -> set[str]:
        """Holders of what was taken out of a cart or put again: all messages are lost, and the sweep lets go of it."""
        pins = table.scan(PinRow, Pin, "PIN#", "PIN")
        return {f"cart:{pin.id}" for pin in pins if pin.state == PinState.DELETING and pin.due_sort}

    def line(self, owner: str, id: str) -> CartItem | None:
        return cart_queries.find_item("acme", f"customer:{owner}", id)

    def assert_nothing_used_may_go(self) -> None:
        rows = self.files()
        used = self.used()
        for id, holders in used.items():
            file = rows[id]
            assert file.state == FileState.STORED, f"{id} is used by {holders}, but {file.state}"
            assert holders <= file.holders, f"{id} is used by {holders}, but held by {set(file.holders)}"
        letting_go = self.letting_go()
        for id, file in rows.items():
            in_vain = file.holders - used.get(id, set()) - letting_go
            assert not in_vain, f"{id} is held by {in_vain} in vain"
            assert file.holders or file.due_sort or file.state == FileState.GONE, f"{id} is forgotten"

    def assert_kept_as_told(self) -> None:
        for (id, number), document in self.kept.items():
            head = queries.head_of(id)
            if head is not None and head.state in LIVING:
                assert queries.content_of(head, queries.version_of(head, number)).document == document
        for (owner, id), document in self.lines.items():
            if self.line(owner, id):
                pinned = cart_queries.pinned_in_cart(principal=customer(owner), owner=f"customer:{owner}", id=id)
                assert pinned.content.document == document
        for id, (_, digest) in self.orders.items():
            order = order_queries.find_order(id)
            if order is not None and order.state not in (OrderState.DELETING, OrderState.GONE):
                assert order.sha256 == digest
                order_queries.snapshot_of(order)


def _add(found: dict[str, set[str]], photos: Collection[str], holder: str) -> None:
    for photo in photos:
        found.setdefault(photo, set()).add(holder)


def _rows() -> Iterator[dict[str, Any]]:
    pages = aws.dynamodb().get_paginator("scan").paginate(TableName=settings.IMAGESTORE_TABLE, ConsistentRead=True)
    for page in pages:
        yield from page["Items"]
