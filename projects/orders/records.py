"""The nouns of orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from projects.records import Placement


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
