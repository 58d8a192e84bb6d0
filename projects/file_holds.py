"""The one door from projects to files: holding what a project uses, releasing it, and reading what it shows."""

from collections.abc import Collection, Sequence
from datetime import datetime

from files import operations, queries
from files.errors import FilesUnusable, SessionClosed
from files.operations import owner_in_use, still_open
from files.queries import visit_of_owner
from files.records import File, SessionState, UploadSession
from imagestore.common.retention import RetentionPolicy
from imagestore.common.signing import SignedRead
from imagestore.common.transaction import Write

__all__ = [
    "File",
    "FilesUnusable",
    "SessionClosed",
    "SessionState",
    "UploadSession",
    "owner_in_use",
    "release_writes",
    "shown",
    "still_open",
    "take",
    "visit_of_owner",
]


def take(*, photos: Collection[str], holder: str, shop: str, owner: str) -> None:
    """Raises FilesUnusable naming each photo that cannot be used."""
    operations.hold(ids=sorted(photos), holder=holder, shop=shop, owner=owner)


def release_writes(
    *, photos: Sequence[str], holder: str, shop: str, policy: RetentionPolicy, now: datetime
) -> list[Write]:
    """One write per photo, to join the transaction that ends its use."""
    return operations.release(ids=photos, holder=holder, shop=shop, policy=policy, now=now)


def shown(photos: Collection[str], holder: str, now: datetime) -> tuple[dict[str, File], dict[str, SignedRead]]:
    """Facts of the photos that the holder really holds, and a url for each that is stored."""
    held = {id: file for id, file in queries.files_by_id(photos).items() if holder in file.holders}
    return held, queries.signed_reads(held.values(), now)
