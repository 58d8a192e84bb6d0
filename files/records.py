"""The nouns of files."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FileState(StrEnum):
    REGISTERED = "registered"
    UPLOADING = "uploading"
    STORED = "stored"
    REJECTED = "rejected"
    TRASHED = "trashed"
    DELETING = "deleting"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class NewFile:
    """What a client says of a file that it will upload. `sha256` is hexadecimal, `size` bytes."""

    name: str
    content_type: str
    size: int
    sha256: str
    answer_known: bool = False
    """Whether the same owner's stored file with these bytes is as good."""


@dataclass(frozen=True, slots=True)
class File:
    """One uploaded original. `width` and `height` are pixels as stored; `orientation` (EXIF 1 to 8) turns them.

    `by_run`: which run trashed, purged or archived it, if one did. `archived_at`: when it was moved to where storage
    costs less; it reads as before.
    `renditions`: "name=version" of each object that was made of it. `claimed_until`: somebody decodes or renders it.
    """

    id: str
    shop: str
    state: FileState
    size: int
    created_at: datetime
    owner: str = ""
    name: str = ""
    content_type: str = ""
    sha256: str = ""
    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    color_profile: str | None = None
    taken_at: str | None = None
    stored_at: datetime | None = None
    released_at: datetime | None = None
    trashed_at: datetime | None = None
    rejected_at: datetime | None = None
    reason_code: str | None = None
    reason_text: str | None = None
    holders: frozenset[str] = frozenset()
    purge_after: datetime | None = None
    object_version: str | None = None
    charged: int | None = None
    by_run: str | None = None
    due_sort: str | None = None
    keep_until: datetime | None = None
    form: bool = False
    """Its bytes come by a POST form: their number and hash are not known before."""
    link: str | None = None
    """The mark of the link that it came by."""
    upload_id: str | None = None
    """Its bytes come in parts. `size` 0: nobody told their number before."""
    decoded_at: datetime | None = None
    claimed_until: datetime | None = None
    camera: str | None = None
    dpi: int | None = None
    location: str | None = None
    renditions: frozenset[str] = frozenset()
    archived_at: datetime | None = None

    @property
    def announced(self) -> bool:
        """Its size and hash were told before its bytes came."""
        return bool(self.sha256)

    @property
    def undecoded(self) -> bool:
        """Its bytes are there, but nobody has seen all of them."""
        return self.decoded_at is None and self.state in (FileState.STORED, FileState.TRASHED)

    @property
    def printable(self) -> bool:
        return self.decoded_at is not None and self.state == FileState.STORED

    def rendition(self, name: str) -> str | None:
        """The version of a rendition, if it is made."""
        return dict(entry.split("=", 1) for entry in self.renditions).get(name)


@dataclass(frozen=True, slots=True)
class DatedRenditions:
    """When a file's renditions were made last, where a rule of the shop ends them.

    `id`: the file's. `removing`: "name=version" of those that are on their way out, named by the file or not any more.
    """

    id: str
    shop: str
    made_at: datetime
    removing: frozenset[str] = frozenset()
    due_sort: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """A customer of a shop, by the shop's own id, and what it has stored and reserved."""

    shop: str
    owner: str
    created_at: datetime
    email: str = ""
    name: str = ""
    used_files: int = 0
    used_bytes: int = 0

    @property
    def customer(self) -> str:
        return self.owner.partition(":")[2]

    @property
    def id(self) -> str:
        return f"{self.shop}/{self.customer}"


@dataclass(frozen=True, slots=True)
class Usage:
    """What an owner has stored and reserved, in files and bytes."""

    used_files: int = 0
    used_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """What all customers together keep; `cut`: some were not counted."""

    files: int
    bytes: int
    cut: bool


class SessionState(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class UploadSession:
    """A visit. Its own row decides who gets its files, whatever lists say; they are handed over afterwards.

    `customer`: who claimed it, or whose visit it is from the start. `settled_at`: all its files were seen to.
    `files_until`, `projects_until`: as long as the rules of the moment at which it ended keep what nobody claimed.
    """

    id: str
    shop: str
    state: SessionState
    created_at: datetime
    ends_at: datetime
    customer: str | None = None
    used_files: int = 0
    used_bytes: int = 0
    claimed_at: datetime | None = None
    charge_moved_at: datetime | None = None
    ended_at: datetime | None = None
    files_until: datetime | None = None
    projects_until: datetime | None = None
    settled_at: datetime | None = None
    due_sort: str | None = None

    @property
    def owner(self) -> str:
        """Whose the things of the visit are, whatever their own rows still say."""
        return f"customer:{self.customer}" if self.state == SessionState.CLAIMED else f"session:{self.id}"

    @property
    def over_at(self) -> datetime:
        """When it ended, or will if nobody uses or claims it before."""
        return self.ended_at or self.ends_at

    @property
    def closed_at(self) -> datetime | None:
        return self.claimed_at or self.ended_at


@dataclass(frozen=True, slots=True)
class Handoff:
    """A phone's right to add photos to a session: so many, so long, and until it is revoked."""

    id: str
    shop: str
    session: str
    created_at: datetime
    ends_at: datetime
    most_files: int
    left_files: int
    revoked_at: datetime | None = None
    keep_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Uploads:
    """What became of the uploads that were decided in an hour."""

    stored: int = 0
    rejected: int = 0
    stored_bytes: int = 0

    def __add__(self, other: "Uploads") -> "Uploads":
        return Uploads(
            self.stored + other.stored, self.rejected + other.rejected, self.stored_bytes + other.stored_bytes
        )
