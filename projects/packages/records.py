"""The nouns of packages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from projects.orders.records import OrderedFile, OrderedItem


class PackageKind(StrEnum):
    ORDER = "order"
    PROJECT = "project"


class PackageState(StrEnum):
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True)
class Package:
    """A ZIP that is asked for, being built, or there. `source`: the id of its order or project.

    `fingerprint`: of its input; the same input makes the same bytes. `version`: of the project. `pages`: empty for
    all. `missing`: photos that could not be packed, which the manifest names. `builder`: who builds it, until
    `lease_until`. `code` and `cause`: why it failed.
    """

    id: str
    shop: str
    kind: PackageKind
    source: str
    state: PackageState
    fingerprint: str
    name: str
    created_at: datetime
    owner: str = ""
    version: int = 0
    pages: list[int] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    files_done: int = 0
    bytes_done: int = 0
    missing: int = 0
    tries: int = 0
    builder: str | None = None
    lease_until: datetime | None = None
    size: int | None = None
    sha256: str | None = None
    object_version: str | None = None
    code: str | None = None
    cause: str | None = None
    ready_at: datetime | None = None
    failed_at: datetime | None = None
    purge_after: datetime | None = None
    due_sort: str | None = None

    @property
    def of(self) -> str:
        """Its order or project, as holders are named."""
        return f"{self.kind}:{self.source}"


@dataclass(frozen=True, slots=True)
class Input:
    """What a package is made of, and nothing that changes. `facts` are told at the head of its manifest.

    `name`: what its ZIP is called. A photo that an item names and `files` lacks is missing. `pages`: empty for all.
    """

    shop: str
    kind: PackageKind
    source: str
    name: str
    facts: Mapping[str, object]
    items: tuple[OrderedItem, ...]
    files: Mapping[str, OrderedFile]
    version: int = 0
    owner: str = ""
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class InputPackage:
    """Which package an input has."""

    package: str
