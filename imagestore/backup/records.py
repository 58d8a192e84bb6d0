"""The nouns of backups."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A gzipped file of JSON lines. `entries`: its lines; `size` and `sha256`: of its bytes."""

    name: str
    entries: int
    size: int
    sha256: str
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """What a backup is of. `segments`: in so many parts the table is read."""

    table: str
    bucket: str
    segments: int
    with_objects: bool
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Manifest:
    """A finished backup. Each row is as it was at some moment from `began_at` until `at`; the versions are those that
    were current at `at`.
    """

    begun: Begun
    at: datetime
    rows: tuple[Part, ...]
    versions: tuple[Part, ...]

    @property
    def number_of_rows(self) -> int:
        return sum(part.entries for part in self.rows)

    @property
    def number_of_objects(self) -> int:
        return sum(part.entries for part in self.versions)


@dataclass(frozen=True, slots=True)
class Version:
    """An object as it was: its version that was current."""

    key: str
    version: str
    size: int
    etag: str
    modified: str


@dataclass(slots=True)
class Restored:
    """`missing`: keys of versions that were removed for good since the backup, the first of them."""

    rows: int = 0
    objects: int = 0
    size: int = 0
    missing: int = 0
    examples: tuple[str, ...] = ()
