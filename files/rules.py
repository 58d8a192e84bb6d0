"""Limits, what may follow on what, and what the sweep does with a due file. Pure."""

import re
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from files.errors import FileInvalid
from files.probe import BrokenImage, ImageFacts
from files.records import File, FileState, NewFile, SessionState, UploadSession
from imagestore.common.principal import Principal
from imagestore.common.retention import (
    NEVER,
    Action,
    Clock,
    Ending,
    Explained,
    RetentionPolicy,
    Rule,
    Subject,
    about_visit,
    explain,
    in_archive,
)
from imagestore.holds.rules import holds_in, told
from imagestore.purchases.records import Thing

MOST_PER_CALL = 500
LARGEST_FILE = 2 * 1024**3
SMALLEST_PART = 5 * 1024**2
"""Storage takes a smaller one only at the end."""
PART_SIZE = 8 * 1024**2
MOST_PARTS = -(-LARGEST_FILE // SMALLEST_PART)
"""The largest file has no more, however small its parts are."""
LONGEST_NAME = 255
UNSEEN = ("Cc", "Cs", "Zl", "Zp")
BARRED = "/\\\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Folders, and what turns the direction of the text around it: a name would read as another."""
MOST_PIXELS = 500_000_000
MOST_HOLDERS = 100
COUNTER_SHARDS = 4
TOMBSTONE = timedelta(days=14)
UPLOAD_LINGERS = timedelta(hours=1)
DECODED_WITHIN = timedelta(minutes=15)
"""After this a file whose decoding was lost is sent again, and then each time it is twice as old."""
LOOKED_AGAIN_WITHIN = timedelta(days=1)
PATIENCE = timedelta(hours=1)
"""A decoder that ends without a cause is blamed on the machine for so long, then on the photo."""
CLAIM = timedelta(minutes=5)
"""Who claims a file's bytes has put all renditions before this is over."""
DECODED_PER_MESSAGE = 25
RENDITIONS = {
    "thumbnail.webp": "image/webp", "preview.webp": "image/webp",
    "thumbnail.jpeg": "image/jpeg", "preview.jpeg": "image/jpeg",
}  # fmt: skip
FIRST_RENDITIONS = ("thumbnail.webp", "preview.webp")
"""Made with the decoding; what only old browsers ask for is made when they do."""
QUARANTINED = "quarantined"
"""Reason code of a file in which the scanner found something."""
CONTENT_TYPES = (
    "image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif", "image/tiff", "image/gif",
)  # fmt: skip
PHOTOS = "JPEG, PNG, WebP, HEIC, AVIF, TIFF or GIF"
ENDINGS = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heic": "image/heic",
    "heif": "image/heif", "avif": "image/avif", "tif": "image/tiff", "tiff": "image/tiff", "gif": "image/gif",
}  # fmt: skip
UNTOLD = ("", "application/octet-stream")
AWAITED = (FileState.REGISTERED, FileState.UPLOADING)
HOLDABLE = (*AWAITED, FileState.STORED, FileState.TRASHED)
PURGEABLE = (FileState.TRASHED, FileState.REJECTED)
VERIFIABLE = (*AWAITED, FileState.REJECTED)
REMOVED = (FileState.DELETING, FileState.GONE)
READABLE = (FileState.STORED, FileState.TRASHED)
UNHELD = (Subject.UNUSED_FILE, Subject.RELEASED_FILE)
"""What a customer's stored file is that nothing holds."""


class Step(StrEnum):
    """What the sweep does with a due file."""

    CONFIRM_OR_GIVE_UP = "given_up"
    TRASH = "trashed"
    PURGE = "purged"
    ARCHIVE = "archived"
    RE_DATE = "re_dated"
    UNSCHEDULE = "released"
    HAND_OVER = "handed_over"
    DECODE = "sent_to_decode"
    KEEP = "held"


def check_named(file: NewFile, field: str = "") -> None:
    """What is known of any file before it comes. Raises FileInvalid naming the field and its limit."""
    place = f"{field}." if field else ""
    if file.content_type not in CONTENT_TYPES:
        raise FileInvalid(
            f"{file.content_type or 'A file of no type'} is not accepted; photos are {PHOTOS}.",
            f"{place}content_type",
            accepted=CONTENT_TYPES,
        )
    _check_name(file.name, f"{place}name")


def check_new(file: NewFile, field: str) -> None:
    """Raises FileInvalid naming the field and its limit."""
    check_named(file, field)
    if not 1 <= file.size <= LARGEST_FILE:
        raise FileInvalid(
            f"size is {file.size}; a file has from 1 to {LARGEST_FILE} bytes.",
            f"{field}.size",
            limit=LARGEST_FILE,
        )
    if not re.fullmatch(r"[0-9a-f]{64}", file.sha256):
        raise FileInvalid("sha256 must be 64 hexadecimal digits in lower case.", f"{field}.sha256")


def _check_name(name: str, field: str) -> None:
    if not 1 <= len(name) <= LONGEST_NAME:
        raise FileInvalid(f"name must have from 1 to {LONGEST_NAME} characters.", field, limit=LONGEST_NAME)
    if any(unicodedata.category(letter) in UNSEEN or letter in BARRED for letter in name):
        raise FileInvalid("name is a file's name alone: no folders, no line breaks and no control characters.", field)
    if not name.strip(" ."):
        raise FileInvalid("name has more than blanks and dots.", field)


def type_of(name: str, told: str) -> str:
    """Browsers that do not know a format tell no type of it, or none that helps: then the name's ending tells."""
    return ENDINGS.get(name.rpartition(".")[2].lower(), told) if told in UNTOLD else told


def plain_name(content_type: str) -> str:
    """A name that tells nothing but the type."""
    return next((f"photo.{ending}" for ending, type in ENDINGS.items() if type == content_type), "photo")


def part_sizes(size: int) -> list[int]:
    """Bytes of each part of a file whose size is known: all alike but the last. None while it is not known."""
    whole, rest = divmod(size, PART_SIZE)
    return [PART_SIZE] * whole + [rest] * bool(rest)


def check_image(facts: ImageFacts, declared_type: str) -> None:
    """Raises BrokenImage when the bytes are not what was announced, or more than can be printed."""
    if _family(facts.content_type) != _family(declared_type):
        raise BrokenImage(
            "type-mismatch", f"The file says it is {declared_type}, but its content is {facts.content_type}."
        )
    if facts.width * facts.height > MOST_PIXELS:
        raise BrokenImage("too-many-pixels", f"The photo has more than {MOST_PIXELS // 1_000_000} megapixels.")


def _family(content_type: str) -> str:
    """HEIC is HEIF with one codec; cameras and browsers name either."""
    return "image/heif" if content_type == "image/heic" else content_type


def owner_of(customer: str) -> str:
    return f"customer:{customer}"


def owner_of_session(session: str) -> str:
    return f"session:{session}"


def may_see(principal: Principal, file: File) -> bool:
    """A shop's server sees the shop's files, a customer its own and those of its visit."""
    if file.shop != principal.shop:
        return False
    mine = principal.customer is not None and file.owner == owner_of(principal.customer)
    of_visit = principal.session is not None and file.owner == owner_of_session(principal.session)
    return principal.kind == "shop" or mine or of_visit


def is_stored_for(file: File, shop: str, owner: str) -> bool:
    return (file.shop, file.owner, file.state) == (shop, owner, FileState.STORED)


def session_of_owner(owner: str) -> str | None:
    kind, _, id = owner.partition(":")
    return id if kind == "session" else None


def ending(file: File, policy: RetentionPolicy, visit: UploadSession | None = None) -> Ending:
    """Which rule ends a file that nothing holds, and when. A visit's file has its time from its visit's end.

    A stored one that nothing holds is trashed: counted from the last release, else from its storing. What somebody
    asked to keep longer stays as long.
    """
    subject, entered = _subject(file, visit)
    created = file.created_at if file.state in AWAITED else file.stored_at or file.created_at
    since = entered or created
    clocks = {Clock.CREATED: created, Clock.ENTERED: since}
    until = file.keep_until if file.state == FileState.STORED else None
    found = policy.ending(subject, clocks, extended_until=until)
    # A later purchase takes nothing out of the archive.
    return found._replace(at=None) if found._replace(since=since).is_archived(file.archived_at) else found


def _subject(file: File, visit: UploadSession | None) -> tuple[Subject, datetime | None]:
    """And when the file came into that state."""
    if file.state in AWAITED:
        return Subject.ABANDONED_UPLOAD, file.created_at
    if file.state == FileState.TRASHED:
        return Subject.TRASHED_FILE, file.trashed_at
    if file.state != FileState.STORED:
        return Subject.REJECTED_FILE, file.rejected_at
    if file.released_at is not None:
        return Subject.RELEASED_FILE, file.released_at
    if visit is not None or session_of_owner(file.owner):
        # Of a visit that is long forgotten the file's own date tells until when it stays.
        return Subject.SESSION_FILE, visit.over_at if visit else file.stored_at
    return Subject.UNUSED_FILE, file.stored_at


def thing_of(file: File) -> Thing:
    """What the rules of its shop are about. What is a visit's is asked about no purchase, whatever its state."""
    return Thing(file.shop, file.owner, _subject(file, None)[0])


def explained(file: File, policy: RetentionPolicy, visit: UploadSession | None = None) -> Explained:
    """What happens to it, when and why: as `next_step` will decide."""
    if file.state in REMOVED:
        return Explained(("It is being removed, or gone.",))
    if holds := holds_in(file.holders):
        return Explained((told(holds),), held_by=tuple(sorted(file.holders)))
    if file.holders and file.state not in AWAITED:
        return Explained(("It is in use, and nothing that is in use is removed.",), held_by=tuple(sorted(file.holders)))
    if visit is not None and visit.state == SessionState.CLAIMED:
        return Explained(("Its visit was claimed by a customer, who gets it now.",))
    found = ending(file, policy, visit)
    if found.rule.subject != Subject.SESSION_FILE:
        archived = [in_archive(file.archived_at)] if file.archived_at else []
        return explain(found, *archived, not_before=file.purge_after)
    over = visit is None or visit.state == SessionState.ENDED
    # Its date is set anew when the visit ends.
    return explain(found, about_visit(found, over=over), not_before=file.purge_after if over else None)


def next_step(
    file: File, policy: RetentionPolicy, now: datetime, visit: UploadSession | None = None
) -> tuple[Step, datetime | None]:
    """What is to be done with a due file, and for RE_DATE, ARCHIVE and DECODE when to look again.

    `visit`: the session that owns it.
    """
    if visit is not None and visit.state == SessionState.CLAIMED and file.state not in REMOVED:
        return Step.HAND_OVER, None
    if file.state == FileState.GONE or (file.holders and file.state not in AWAITED and not file.undecoded):
        return Step.UNSCHEDULE, None
    if file.state == FileState.DELETING:
        return Step.PURGE, None
    found = ending(file, policy, visit)
    due_at, step = found.due_at, _step_at_end(file, found.rule)
    # A file may be looked at before its time; what permits a step is `purge_after` alone.
    due_at = max(due_at, file.purge_after or due_at)
    if file.undecoded and (file.holders or due_at > now):
        again = decode_again(file, now)
        return Step.DECODE, again if file.holders else min(again, due_at)
    if due_at > now:
        return Step.RE_DATE, due_at
    return step, found.since + NEVER if step == Step.ARCHIVE else None


def _step_at_end(file: File, rule: Rule) -> Step:
    if file.state in AWAITED:
        return Step.CONFIRM_OR_GIVE_UP
    if file.state != FileState.STORED:
        return Step.PURGE
    return Step.ARCHIVE if rule.then == Action.ARCHIVE else Step.TRASH


def done_by(file: File, run: str | None) -> Step | None:
    """What a run did with it: trashed it, purged it, or archived it."""
    if run is None or file.by_run != run:
        return None
    archived = {FileState.STORED: Step.ARCHIVE} if file.archived_at else {}
    return {FileState.GONE: Step.PURGE, FileState.TRASHED: Step.TRASH, **archived}.get(file.state)


def decode_again(file: File, now: datetime) -> datetime:
    """When to look again at a file that is still undecoded: after 15 minutes, half an hour, an hour … a day."""
    age = now - (file.stored_at or now)
    return now + min(max(age, DECODED_WITHIN), LOOKED_AGAIN_WITHIN)


def decoded_soon(purge_after: datetime, now: datetime) -> datetime:
    """When to look at a file whose decoding was just asked for, or can be: not after the date when it may go."""
    return min(now + DECODED_WITHIN, purge_after)
