"""Limits of projects, what is kept of their history, and what the sweep does. Pure."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from imagestore.common import due, ids
from imagestore.common.principal import Principal
from imagestore.common.retention import Action, Clock, Ending, Notice, RetentionPolicy, Subject, ends_at, notice
from projects.errors import DraftInvalid
from projects.records import LIVING, Content, Crop, Draft, Head, Placement, ProjectState

LARGEST_DOCUMENT = 5 * 1024 * 1024
INLINE_DOCUMENT = 8 * 1024
"""Compressed bytes up to which a document lies in its version's row: eight write units cost as much as one S3 put."""
MOST_FILES = 2000
MOST_PLACEMENTS = 10_000
MOST_PAGES = 1000
SMALLEST_PRINT_MM, LARGEST_PRINT_MM = 1, 10_000
MOST_VERSIONS = 99_999_999
LONGEST_ALIAS = 64
LONGEST_NAME = 200
URLS_AT_ONCE = 500
INTENT_RESTS = timedelta(minutes=15)
VISIT_LOOK, VISIT_AGAIN = timedelta(hours=24), timedelta(minutes=10)
TOMBSTONE = timedelta(days=14)
MOVE_WAITS = timedelta(days=1)
ACCESSED_AGAIN = timedelta(days=1)
"""No load pays a write: that a project was opened is noted at most so often."""
UNWARNED_AGAIN = timedelta(days=1)
"""After this somebody may have an endpoint that wants to be told."""


class Step(StrEnum):
    WARN = "warned"
    UNWARNED = "unwarned"
    TRASH = "trashed"
    ARCHIVE = "archived"
    PURGE = "purged"
    RE_DATE = "re_dated"
    HAND_OVER = "handed_over"
    KEEP = "held"


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
    if len(draft.placements) > MOST_PLACEMENTS:
        raise DraftInvalid(f"At most {MOST_PLACEMENTS} placements.", "placements", limit=MOST_PLACEMENTS)
    for index, placement in enumerate(draft.placements):
        _check_placement(placement, draft.files, f"placements.{index}")


def _check_placement(placement: Placement, files: Collection[str], field: str) -> None:
    if placement.alias not in files:
        raise DraftInvalid("files has no such alias.", f"{field}.alias")
    if not 1 <= placement.page <= MOST_PAGES:
        raise DraftInvalid(f"page is from 1 to {MOST_PAGES}.", f"{field}.page", limit=MOST_PAGES)
    for name in ("width_mm", "height_mm"):
        if not SMALLEST_PRINT_MM <= getattr(placement, name) <= LARGEST_PRINT_MM:
            text = f"{name} is from {SMALLEST_PRINT_MM} to {LARGEST_PRINT_MM}."
            raise DraftInvalid(text, f"{field}.{name}", limit=LARGEST_PRINT_MM)
    if placement.crop:
        _check_crop(placement.crop, f"{field}.crop")


def _check_crop(crop: Crop, field: str) -> None:
    """A rounding error of an editor is none of the customer's."""
    inside = crop.left >= 0 and crop.top >= 0 and crop.width > 0 and crop.height > 0
    if not inside or max(crop.left + crop.width, crop.top + crop.height) > 1.000_001:
        raise DraftInvalid("A crop lies within the photo: fractions from 0 to 1.", field)


def digest_of(draft: Draft) -> str:
    """Two saves with the same digest are the same: name, document, files and placements."""
    rest = (draft.name, sorted(draft.files.items()), [astuple(one) for one in draft.placements])
    return hashlib.blake2b(draft.document + repr(rest).encode(), digest_size=12).hexdigest()


def changed_pages(before: Content, after: Content) -> list[int]:
    """Pages on which photos are placed otherwise, whatever their aliases are."""
    return sorted({page for _, page, *_ in _placed(before) ^ _placed(after)})


def _placed(content: Content) -> set[tuple[str, int, float, float, Crop | None]]:
    return {(content.files[one.alias], one.page, one.width_mm, one.height_mm, one.crop) for one in content.placements}


def in_utc(moment: datetime | None) -> datetime | None:
    """A moment without an offset is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def name_of_copy(name: str) -> str:
    return f"Copy of {name}"[:LONGEST_NAME] if name else "Copy"


def pages_of(placements: Iterable[Placement]) -> int:
    return max((placement.page for placement in placements), default=0)


def photos_digest(photos: Collection[str]) -> str:
    """Two saves with the same digest use the same photos."""
    return hashlib.blake2b("".join(sorted(photos)).encode(), digest_size=12).hexdigest()


def may_see(principal: Principal, head: Head) -> bool:
    if head.shop != principal.shop:
        return False
    mine = principal.customer is not None and head.owner == f"customer:{principal.customer}"
    of_visit = principal.session is not None and head.owner == f"session:{principal.session}"
    return principal.kind == "shop" or mine or of_visit


def first_look(head: Head, policy: RetentionPolicy) -> Notice:
    """When a new project is due first. One of a visit by when that is over, should nobody have told."""
    over = head.created_at + VISIT_LOOK
    return Notice(over, over) if head.customer is None else dated(head, policy, head.created_at)


def restored(head: Head, policy: RetentionPolicy, now: datetime) -> Notice:
    """When one is due that comes out of the trash. Of a visit's one, too: its visit decides at the sweep."""
    anew = replace(head, state=ProjectState.ACTIVE, restored_at=now, purge_after=None, warned_at=None)
    return dated(anew, policy, now)


def dated(head: Head, policy: RetentionPolicy, now: datetime) -> Notice:
    """When a customer's project is due that was changed now; at once, if somebody is to be warned already."""
    found = look(head, policy, now)
    return found._replace(due_at=now, before=None) if found.before else found


def dated_anew(head: Head, policy: RetentionPolicy, now: datetime) -> Notice:
    """When a project ends by the policy alone, whatever was promised before; what it was warned of stands."""
    if head.state == ProjectState.TRASHED:
        until = ending(head, policy).due_at
        return Notice(until, until)
    found = notice(ending(head, policy), None, head.warned, now)
    return found._replace(due_at=now, before=None) if found.before else found


def look(head: Head, policy: RetentionPolicy, now: datetime) -> Notice:
    """Of a customer's active project: of what to warn, when it ends, and when it is due."""
    return notice(ending(head, policy), head.purge_after, head.warned, now)


def next_step(head: Head, policy: RetentionPolicy, now: datetime) -> tuple[Step, Notice | None]:
    """What is to be done with a due project; for WARN and RE_DATE when it ends and when to look again."""
    if head.state not in LIVING:
        return Step.PURGE, None
    if head.state == ProjectState.TRASHED:
        until = ending(head, policy).due_at
        return (Step.PURGE, None) if until <= now else (Step.RE_DATE, Notice(until, until))
    found = look(head, policy, now)
    if found.before:
        return Step.WARN, found
    return (_step_at_end(ending(head, policy)), None) if found.ends_at <= now else (Step.RE_DATE, found)


def _step_at_end(ending: Ending) -> Step:
    return Step.ARCHIVE if ending.rule.then == Action.ARCHIVE else Step.TRASH


def step_after_visit(
    head: Head, over_at: datetime | None, policy: RetentionPolicy, now: datetime
) -> tuple[Step, Notice | None]:
    """What is to be done with a due active project of a visit that ended: it stays as long as it was dated to."""
    found = ending_of_visit(head, over_at, policy)
    until = found.not_before(head.purge_after) or found.due_at
    return (_step_at_end(found), None) if until <= now else (Step.RE_DATE, Notice(until, until))


def ending_of_visit(head: Head, over_at: datetime | None, policy: RetentionPolicy) -> Ending:
    """Of an active project. `over_at`: when its visit ends; None: that is long forgotten, and its date tells.

    Whoever restored it after that gave it a customer's time.
    """
    entered = over_at or head.saved_at
    if head.restored_at and head.restored_at > entered:
        return ending(head, policy)
    return policy.ending(Subject.GUEST_PROJECT, {Clock.ENTERED: entered})


def ending(head: Head, policy: RetentionPolicy) -> Ending:
    """Which rule ends a customer's project, and when: an active one is trashed, one in the trash purged.

    Whoever restored it starts every clock again.
    """
    if head.state == ProjectState.TRASHED:
        return policy.ending(Subject.TRASHED_PROJECT, {Clock.ENTERED: head.trashed_at or head.saved_at})
    again = head.restored_at or head.created_at
    saved = max(head.saved_at, again)
    clocks = {Clock.CREATED: max(head.created_at, again), Clock.SAVED: saved, Clock.ACCESSED: max(_opened(head), saved)}
    found = policy.ending(Subject.DRAFT_PROJECT, clocks, extended_until=head.extended_until)
    archived_at = head.archived_at if found.is_archived(head.archived_at) else None
    return archived_again(found, archived_at) if archived_at else found


def archived_again(found: Ending, archived_at: datetime) -> Ending:
    """No save pays for a new date: an archived project is looked at again after its time, whatever became of it. Photos
    that something else used then follow it now."""
    return found._replace(at=archived_at + found.rule.keep if found.rule.keep else None)


def _opened(head: Head) -> datetime:
    """Whoever saves has it open."""
    return max(head.saved_at, head.accessed_at or head.saved_at)


def is_to_be_noted(head: Head, policy: RetentionPolicy, now: datetime) -> bool:
    """That it was opened now: if a rule of the shop asks for it, of a customer's project, once a day."""
    mine = head.customer is not None and head.state == ProjectState.ACTIVE
    return mine and policy.heeds(Subject.DRAFT_PROJECT, Clock.ACCESSED) and now - _opened(head) >= ACCESSED_AGAIN


def expected(head: Head, policy: RetentionPolicy) -> Notice:
    """Of an active project: when it ends and who is warned before, if nobody saves it: as the sweep's next look finds
    it, which may be later than a warning should be sent."""
    looked_at = due.dated_to(head.due_sort) or head.created_at
    found = look(head, policy, looked_at)
    return found._replace(due_at=looked_at) if found.before else found


def promised_until(head: Head, policy: RetentionPolicy) -> datetime | None:
    """Before this an active project does not go, whatever becomes of its rule; None for never."""
    return ends_at(ending(head, policy), head.purge_after, head.warned)


def trashed_on(head: Head, policy: RetentionPolicy) -> datetime | None:
    """When an active project is trashed, if nobody saves it before; None for never, and for a visit's: its visit's row
    tells."""
    found = ending(head, policy)
    if head.customer is None or found.at is None or found.rule.then != Action.TRASH:
        return None
    return expected(head, policy).ends_at


def purged_on(head: Head, policy: RetentionPolicy) -> datetime | None:
    """When its photos go with it, if nobody does anything before; None for never."""
    trashed_at = head.trashed_at or trashed_on(head, policy)
    return trashed_at and policy.ending(Subject.TRASHED_PROJECT, {Clock.ENTERED: trashed_at}).at


def kind_of(holder: str) -> str:
    return holder.partition(":")[0]


def id_of(holder: str) -> str:
    return holder.partition(":")[2]
