"""The nouns of carts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from projects.records import Content


class Cart(StrEnum):
    """Whose cart it is: this shop's own, or that of another system which keeps the shop's goods."""

    INTERNAL = "internal"
    EXTERNAL = "external"


class PinState(StrEnum):
    """`placing`: its photos are being held. `placed`: exactly one cart item has it."""

    PLACING = "placing"
    PLACED = "placed"
    DELETING = "deleting"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Line:
    """What a shop puts into a cart: a version of a project (None: the current one), and how many of which product, in
    the shop's words."""

    project: str
    version: int | None = None
    cart: Cart = Cart.INTERNAL
    quantity: int = 1
    product: str = ""


@dataclass(frozen=True, slots=True)
class CartItem:
    """`id` is the shop's own of the cart line, and the owner's alone. `pin` has its state of the project."""

    id: str
    shop: str
    owner: str
    pin: str
    project: str
    version: int
    name: str
    cart: Cart
    quantity: int
    put_at: datetime
    touched_at: datetime
    photos: int = 0
    product: str = ""
    due_sort: str | None = None

    @property
    def of_visit(self) -> bool:
        return self.owner.startswith("session:")

    def has(self, line: Line) -> bool:
        return (self.project, self.version) == (line.project, line.version)


@dataclass(frozen=True, slots=True)
class Pin:
    """One put of a cart item: it holds the photos. `let_go_at`: when it was first taken back without being placed.

    `owner`: who put it; of a visit that was claimed since, its customer has it. `held_by`: ids of legal holds.
    """

    id: str
    shop: str
    state: PinState
    created_at: datetime
    placed_at: datetime | None = None
    let_go_at: datetime | None = None
    owner: str = ""
    held_by: frozenset[str] = frozenset()
    due_sort: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """A pin's own copy of the state, immutable. `content`: None when it lies in an object."""

    uses: bytes
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Pinned:
    """A saved state of a project, as it was. `source`: the holder that has its photos. `quantity` and `product` as a
    cart item tells them.
    """

    project: str
    version: int
    name: str
    content: Content
    source: str
    quantity: int = 1
    product: str = ""
