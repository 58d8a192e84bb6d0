"""The nouns of orders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from projects.records import Placement


class OrderState(StrEnum):
    """`placing`: its photos are being held; nobody sees it yet. `facts_only`: its photos and documents went."""

    PLACING = "placing"
    PLACED = "placed"
    PAID = "paid"
    PACKAGED = "packaged"
    SENT_TO_LAB = "sent_to_lab"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FACTS_ONLY = "facts_only"
    DELETING = "deleting"
    GONE = "gone"


class Event(StrEnum):
    """What becomes of an order. Each has its moment: `paid_at`, `delivered_at` …"""

    PAID = "paid"
    PACKAGED = "packaged"
    SENT_TO_LAB = "sent_to_lab"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class OrderStep(TypedDict):
    """`state`: the state or event that was reached; `at` RFC 3339."""

    state: str
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is known of an order besides its snapshot, whose canonical JSON has the SHA-256 that stands here.

    `revision` counts changes of its state, 0 while it is placed; `resubmits` how often it was sent back to be packaged
    again. `bytes`: of all its photos. `products`: of its items in the shop's words, "" where an item has none.
    `let_go_at`: when its photos and documents went. `held_by`: ids of legal holds.
    """

    id: str
    shop: str
    state: OrderState
    revision: int
    placed_at: datetime
    changed_at: datetime
    sha256: str
    items: int
    photos: int
    bytes: int
    owner: str = ""
    reference: str = ""
    resubmits: int = 0
    products: list[str] = field(default_factory=list)
    steps: list[OrderStep] = field(default_factory=list)
    paid_at: datetime | None = None
    packaged_at: datetime | None = None
    sent_to_lab_at: datetime | None = None
    confirmed_at: datetime | None = None
    failed_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    let_go_at: datetime | None = None
    held_by: frozenset[str] = frozenset()
    due_sort: str | None = None

    @property
    def customer(self) -> str | None:
        """None for a guest's."""
        kind, _, id = self.owner.partition(":")
        return id if kind == "customer" else None


class ItemLine(TypedDict):
    """An item of an order in a list; everything else about it stands in the snapshot."""

    number: int
    project: str
    version: int
    name: str
    product: str
    quantity: int
    photos: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What an order holds and is made of, packed. Immutable, beside the order's row."""

    photos: bytes
    lines: bytes


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Of a packaged order `id`, whose projects may have photos that only earlier versions use."""

    id: str
    shop: str
    due_sort: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """An order that the shop's reference finds."""

    id: str


@dataclass(frozen=True, slots=True)
class WantedItem:
    """Either a cart item or a version of a project (None: the current one). What a cart item tells itself need not be
    told again."""

    cart_item: str | None = None
    project: str | None = None
    version: int | None = None
    quantity: int | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True)
class WantedOrder:
    items: tuple[WantedItem, ...]
    reference: str = ""


@dataclass(frozen=True, slots=True)
class OrderedFile:
    """A photo as it was when it was ordered. `sha256` is of all bytes of the original, `size` their number."""

    id: str
    name: str
    content_type: str
    size: int
    sha256: str
    width: int
    height: int
    orientation: int
    object_version: str | None = None


@dataclass(frozen=True, slots=True)
class OrderedItem:
    """One product: a saved state of a project, as it was. `files`: file ids by the project's own aliases."""

    number: int
    project: str
    version: int
    name: str
    document: bytes
    files: Mapping[str, str]
    placements: tuple[Placement, ...] = ()
    product: str = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a lab needs to produce an order, whatever became of its projects. Immutable, and hashed as a whole."""

    order: str
    shop: str
    placed_at: datetime
    items: tuple[OrderedItem, ...]
    files: Mapping[str, OrderedFile]
    reference: str = ""
