"""The nouns of projects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class ProjectState(StrEnum):
    ACTIVE = "active"
    TRASHED = "trashed"
    DELETING = "deleting"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Head:
    """A project: which version is its current state. `held_rev` counts releases of its photos."""

    id: str
    shop: str
    state: ProjectState
    version: int
    held_rev: int
    current: str
    oldest: int
    created_at: datetime
    saved_at: datetime
    saved_by: str = ""
    owner: str = ""
    name: str = ""
    trashed_at: datetime | None = None
    purge_after: datetime | None = None
    due_sort: str | None = None

    @property
    def customer(self) -> str | None:
        """None while it is a visit's."""
        kind, _, id = self.owner.partition(":")
        return id if kind == "customer" else None


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable saved state. `previous` is the save that it was built on: the chain of these is the history."""

    number: int
    save_id: str
    saved_at: datetime
    saved_by: str
    uses: bytes
    previous: str = ""
    document: bytes | None = None

    @property
    def in_object(self) -> bool:
        return self.document is None


@dataclass(frozen=True, slots=True)
class Intent:
    """Photos that may be held without being used, and saves that may be in no history: to be tidied when due."""

    id: str
    project: str
    shop: str
    uses: bytes
    versions: list[str]
    due_sort: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a client saves. `files`: file ids by the project's own aliases; `document` is its JSON, opaque here."""

    name: str
    document: bytes
    files: Mapping[str, str]

    @property
    def photos(self) -> frozenset[str]:
        return frozenset(self.files.values())


class Crop(NamedTuple):
    """The part of a photo that is printed, in fractions (0 to 1) of the photo as one sees it, upright."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a photo is printed: on which page (from 1), how large (millimetres), and which part of it."""

    alias: str
    page: int
    width_mm: float
    height_mm: float
    crop: Crop | None = None


class Seen(NamedTuple):
    """The state that a save builds on, as its entity tag says. `photos_digest`: of the photos it uses."""

    version: int
    save_id: str
    held_rev: int
    photos_digest: str
