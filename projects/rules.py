"""Limits of projects, what is kept of their history, and what the sweep does. Pure."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from imagestore.common import ids
from imagestore.common.principal import Principal
from imagestore.common.retention import RetentionPolicy
from projects.errors import DraftInvalid
from projects.records import Draft, Head, ProjectState, Version

LARGEST_DOCUMENT = 5 * 1024 * 1024
INLINE_DOCUMENT = 8 * 1024
"""Compressed bytes up to which a document lies in its version's row: eight write units cost as much as one S3 put."""
MOST_FILES = 2000
LONGEST_ALIAS = 64
INTENT_RESTS = timedelta(minutes=15)
PRUNE_SLACK = 10
"""Versions above the kept number before the oldest are pruned together."""
VISIT_LOOK, VISIT_AGAIN = timedelta(hours=24), timedelta(minutes=10)
TOMBSTONE = timedelta(days=14)


class Step(StrEnum):
    TRASH = "trashed"
    PURGE = "purged"
    RE_DATE = "re_dated"
    HAND_OVER = "handed_over"


def check_draft(draft: Draft) -> None:
    """Raises DraftInvalid naming the field and its limit."""
    if len(draft.document) > LARGEST_DOCUMENT:
        raise DraftInvalid(
            f"The document has {len(draft.document)} bytes; {LARGEST_DOCUMENT} are allowed.",
            "document",
            limit=LARGEST_DOCUMENT,
        )
    if len(draft.files) > MOST_FILES:
        raise DraftInvalid(f"A project uses at most {MOST_FILES} files.", "files", limit=MOST_FILES)
    for alias, file_id in draft.files.items():
        if not 1 <= len(alias) <= LONGEST_ALIAS:
            raise DraftInvalid(f"An alias has from 1 to {LONGEST_ALIAS} characters.", f"files.{alias[:64]}")
        if not ids.is_id(file_id):
            raise DraftInvalid("This is not the id of a file.", f"files.{alias}")


def photos_digest(photos: Collection[str]) -> str:
    """Two saves with the same digest use the same photos."""
    return hashlib.blake2b("".join(sorted(photos)).encode(), digest_size=12).hexdigest()


def may_see(principal: Principal, head: Head) -> bool:
    if head.shop != principal.shop:
        return False
    mine = principal.customer is not None and head.owner == f"customer:{principal.customer}"
    of_visit = principal.session is not None and head.owner == f"session:{principal.session}"
    return principal.kind == "shop" or mine or of_visit


def kept_versions(head: Head | None, rows: Iterable[Version]) -> list[Version]:
    """The history: the chain from the current state back to the oldest kept. Lost saves are not in it."""
    if head is None or head.state in (ProjectState.DELETING, ProjectState.GONE):
        return []
    by_save = {row.save_id: row for row in rows}
    chain: list[Version] = []
    save = head.current
    while (row := by_save.get(save)) is not None and row.number >= head.oldest:
        chain.append(row)
        save = row.previous
    return chain


def oldest_to_keep(head: Head, policy: RetentionPolicy) -> int | None:
    """The oldest number to keep from now on, once enough have come together to prune; else None."""
    if head.version - head.oldest + 1 <= policy.kept_versions + PRUNE_SLACK:
        return None
    return head.version - policy.kept_versions + 1


def first_look(head: Head, policy: RetentionPolicy) -> datetime:
    """When a new project is due first. One of a visit by when that is over, should nobody have told."""
    return head.created_at + (policy.draft_project if head.customer is not None else VISIT_LOOK)


def next_step(head: Head, policy: RetentionPolicy, now: datetime) -> tuple[Step, datetime | None]:
    """What is to be done with a due project, and for RE_DATE when to look again."""
    if head.state == ProjectState.ACTIVE:
        due_at, step = head.saved_at + policy.draft_project, Step.TRASH
    elif head.state == ProjectState.TRASHED:
        due_at, step = (head.trashed_at or now) + policy.trashed_project, Step.PURGE
    else:
        return Step.PURGE, None
    return (step, None) if due_at <= now else (Step.RE_DATE, due_at)
