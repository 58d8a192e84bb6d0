"""The nouns of projects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from imagestore.common.retention import Warned


class ProjectState(StrEnum):
    ACTIVE = "active"
    TRASHED = "trashed"
    DELETING = "deleting"
    GONE = "gone"


LIVING = (ProjectState.ACTIVE, ProjectState.TRASHED)


class SaveKind(StrEnum):
    """Whether a person or the editor's own clock asked for a save: every manual save is kept, of autosaves the last."""

    MANUAL = "manual"
    AUTOSAVE = "autosave"


@dataclass(frozen=True, slots=True)
class Head:
    """A project: which version is its current state. `held_rev` counts releases of its photos.

    `extended_at`: when its customer extended it last. `accessed_at`: of when it was opened, noted at most once a day.
    `warned_until`: what the last warning told, at `warned_at`.
    """

    id: str
    shop: str
    state: ProjectState
    version: int
    held_rev: int
    current: str
    created_at: datetime
    saved_at: datetime
    saved_by: str = ""
    owner: str = ""
    name: str = ""
    kind: SaveKind = SaveKind.MANUAL
    trashed_at: datetime | None = None
    restored_at: datetime | None = None
    purge_after: datetime | None = None
    held_by: frozenset[str] = frozenset()
    """Ids of legal holds."""
    due_sort: str | None = None
    accessed_at: datetime | None = None
    extended_at: datetime | None = None
    extended_until: datetime | None = None
    warned_at: datetime | None = None
    warned_until: datetime | None = None
    archived_at: datetime | None = None
    """When its photos were moved to where storage costs less; all of it reads as before."""

    @property
    def warned(self) -> Warned | None:
        return Warned(self.warned_at, self.warned_until) if self.warned_at and self.warned_until else None

    @property
    def customer(self) -> str | None:
        """None while it is a visit's."""
        kind, _, id = self.owner.partition(":")
        return id if kind == "customer" else None


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable saved state. `previous` is the kept save before it: the chain of these is the history.

    `uses`: the files by alias, packed. `content`: document and placements, packed; None when they are an object.
    `digest`: of all that was saved. `pages`: the last page on which a photo is placed.
    """

    number: int
    save_id: str
    saved_at: datetime
    saved_by: str
    uses: bytes
    previous: str = ""
    content: bytes | None = None
    kind: SaveKind = SaveKind.MANUAL
    digest: str = ""
    pages: int = 0

    @property
    def in_object(self) -> bool:
        return self.content is None


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
class Move:
    """A project that staff moved to another customer, the `heir`, until its photos have followed."""

    id: str
    project: str
    shop: str
    owner: str
    heir: str


class Extended(NamedTuple):
    """A project that is kept longer. `ends_at`: None for ever."""

    id: str
    ends_at: datetime | None


class Use(NamedTuple):
    """What something that holds photos needs: `holder` as it stands among the holders of a photo."""

    holder: str
    shop: str
    photos: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a photo whose owner is erased: `heir` gets it, or the holder `kept_for` keeps it.

    Neither while what holds it is only being made, or is still to be removed.
    """

    heir: str = ""
    kept_for: str = ""


@dataclass(slots=True)
class Erasure:
    """What an erasure did, and of which photos something is left: why, by id.

    `ended`: counts of what ended besides projects. `kept`: for the law, named by their holder. `spared`: projects and
    orders that the law keeps, as in `order:<id>`, each with why. `waiting`: a repeat finds them decided.

    `certificate`: of this and every earlier try together, once nothing waits. `is_empty`: none of them found anything.
    """

    projects: int = 0
    files: int = 0
    size: int = 0
    handed_over: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    spared: dict[str, str] = field(default_factory=dict)
    certificate: bytes | None = None
    is_empty: bool = False
    kept: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not self.waiting

    @property
    def counts(self) -> dict[str, int]:
        left = {"handed_over": self.handed_over, "kept": len(self.kept), "waiting": len(self.waiting)}
        return {"projects": self.projects, "files": self.files, "bytes": self.size, **self.ended, **left}

    def add(self, page: "Erasure") -> None:
        self.files += page.files
        self.size += page.size
        self.handed_over += page.handed_over
        self.kept |= page.kept
        self.waiting |= page.waiting


@dataclass(frozen=True, slots=True)
class Draft:
    """What a client saves. `files`: file ids by the project's own aliases; `document` is its JSON, opaque here."""

    name: str
    document: bytes
    files: Mapping[str, str]
    placements: Sequence["Placement"] = ()

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


@dataclass(frozen=True, slots=True)
class Content:
    """What was saved as a version. `document` is its JSON, `files` are file ids by alias."""

    document: bytes
    files: Mapping[str, str]
    placements: tuple[Placement, ...] = ()

    @property
    def photos(self) -> frozenset[str]:
        return frozenset(self.files.values())


@dataclass(frozen=True, slots=True)
class VersionStep:
    """A kept version in a list. Photos are numbers, added and removed against the kept version before it."""

    version: int
    kind: SaveKind
    saved_at: datetime
    saved_by: str
    pages: int
    photos: int
    photos_added: int
    photos_removed: int


@dataclass(frozen=True, slots=True)
class Changes:
    """From one version to a later one. Photos are file ids; pages are those on which a photo is placed otherwise."""

    photos_added: list[str]
    photos_removed: list[str]
    pages_changed: list[int]
    document_changed: bool


@dataclass(frozen=True, slots=True)
class PrintProblem:
    """What a customer should know before ordering. `page` and `dpi`: of a placement that is too coarse."""

    code: str
    alias: str
    file: str
    text: str
    page: int | None = None
    dpi: int | None = None


@dataclass(frozen=True, slots=True)
class Shares:
    """Which shares lead to a project: `id=digest` of each, the digest being that of its token."""

    shares: frozenset[str] = frozenset()


class Seen(NamedTuple):
    """The state that a save builds on, as its entity tag says. Digests: of the photos it uses, and of all of it."""

    version: int
    save_id: str
    held_rev: int
    photos_digest: str
    digest: str
