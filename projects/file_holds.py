"""The one door from projects to files: holding what a project uses, releasing it, and reading what it shows."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Literal

from files import operations, queries
from files.errors import FilesUnusable, SessionClosed
from files.operations import (
    customer,
    end_visits,
    erase_files,
    files_of,
    forget_owner,
    give,
    hold_file,
    note_customer,
    owner_in_use,
    pages_of,
    still_open,
    visits_of,
)
from files.queries import read_original, visit_of_owner
from files.records import File, FileState, SessionState, UploadSession
from imagestore.common.retention import RetentionPolicy
from imagestore.common.signing import SignedRead
from imagestore.common.transaction import Write

__all__ = [
    "File",
    "FileState",
    "FilesUnusable",
    "SessionClosed",
    "SessionState",
    "UploadSession",
    "UrlKind",
    "all_holders",
    "archive",
    "customer",
    "end_visits",
    "erase_files",
    "files_of",
    "forget_owner",
    "give",
    "gone",
    "held",
    "hold_file",
    "note_customer",
    "of_others",
    "own_copies",
    "owner_in_use",
    "owner_of_photo",
    "pages_of",
    "read_original",
    "release_writes",
    "remove_all_bytes",
    "still_open",
    "take",
    "urls_of",
    "visit_of_owner",
    "visits_of",
]

UrlKind = Literal["original", "preview", "thumbnail", "none"]


def take(*, photos: Collection[str], holder: str, shop: str, owner: str, source: str | None = None) -> None:
    """Photos of the owner, or such as `source` holds. Raises FilesUnusable naming each photo that cannot be used."""
    operations.hold(ids=sorted(photos), holder=holder, shop=shop, owner=owner, source=source)


def release_writes(
    *, photos: Sequence[str], holder: str, shop: str, policy: RetentionPolicy, now: datetime
) -> list[Write]:
    """One write per photo, to join the transaction that ends its use."""
    return operations.release(ids=photos, holder=holder, shop=shop, policy=policy, now=now)


def archive(*, photos: Collection[str], holder: str, now: datetime) -> int:
    """Those that only the holder uses; answers how many were archived by this call."""
    return operations.archive_held(ids=photos, holder=holder, now=now)


def held(photos: Collection[str], holder: str, *, consistent: bool = False) -> dict[str, File]:
    """Facts of the photos that the holder really holds: one batch read per 100."""
    found = queries.files_by_id(photos, consistent=consistent)
    return {id: file for id, file in found.items() if holder in file.holders}


def urls_of(files: Collection[File], kind: UrlKind, now: datetime) -> dict[str, SignedRead]:
    """By id; a preview or thumbnail only where one is made."""
    if kind == "none":
        return {}
    return queries.signed_reads(files, now) if kind == "original" else queries.signed_renditions(files, kind, now)


def all_holders() -> Iterator[tuple[str, str, frozenset[str]]]:
    """(id, shop, holders) of every photo that has any, as they were some moments ago."""
    return queries.all_holders()


def gone(photos: Collection[str]) -> set[str]:
    """Those of which there is no more than a tombstone, if that."""
    found = queries.files_by_id(photos, consistent=True)
    return set(photos) - {id for id, file in found.items() if file.state != FileState.GONE}


def of_others(photos: Collection[str], owner: str) -> set[str]:
    """Those that are somebody else's."""
    found = queries.files_by_id(photos, consistent=True)
    return {id for id, file in found.items() if file.state != FileState.GONE and file.owner != owner}


def remove_all_bytes(*, shop: str, photos: Sequence[str]) -> int:
    """Of photos that are gone: answers how many versions of objects there still were."""
    return operations.remove_all_bytes(shop=shop, ids=photos)


def owner_of_photo(photo: str) -> str:
    """Whose it is; empty when there is no such photo."""
    found = queries.files_by_id([photo], consistent=True)
    return found[photo].owner if photo in found else ""


def own_copies(*, photos: Collection[str], shop: str, owner: str, source: str, now: datetime) -> dict[str, str]:
    """For photos that are held by too many: the id of the owner's own copy by that of the photo.

    Raises FilesUnusable, QuotaExceeded, SessionClosed.
    """
    return operations.own_copies(ids=sorted(photos), shop=shop, owner=owner, source=source, now=now)
