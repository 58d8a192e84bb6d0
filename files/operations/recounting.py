"""The exact count of what a customer uses. Answers that were lost on the way can leave the running one a little off.

A difference may also be something under way: a reservation whose rows are still to come, a charge taken from a file and
not yet from its owner. So it is noted first, and set right when it is the same a while later and nothing was reserved
in between: from then on it is due, and the sweep looks again. It is set right by subtracting, which goes well with
whatever else is given back at that moment.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys
from files.models import FileRow, OwnerRow, SessionRow
from files.records import File, Usage
from imagestore.common import due, table
from imagestore.common.rows import Key
from imagestore.identity import queries as shops

QUIET = timedelta(minutes=2)
"""No request and no step of a sweep takes longer."""
TRIES = 3
PAGE = 1000
NOTHING = Usage()


_NOTED = (OwnerRow.noted_at, OwnerRow.noted_files, OwnerRow.noted_bytes, OwnerRow.due_bucket, OwnerRow.due_sort)


class Outcome(StrEnum):
    RIGHT = "right"
    DIFFERENT = "different"
    NOTED = "noted"
    CORRECTED = "corrected"
    BUSY = "busy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Recount:
    """`before`: the running count; `exact`: what its files are charged with."""

    outcome: Outcome
    before: Usage
    exact: Usage

    @property
    def more(self) -> Usage:
        """What is counted beyond what is there."""
        return Usage(self.before.used_files - self.exact.used_files, self.before.used_bytes - self.exact.used_bytes)


@dataclass(frozen=True, slots=True)
class Counted:
    """An owner's row: the running count, and what an earlier look noted as too much."""

    used_files: int
    used_bytes: int
    reserved_at: datetime | None = None
    claimed_session: str | None = None
    noted_at: datetime | None = None
    noted_files: int = 0
    noted_bytes: int = 0
    due_sort: str | None = None

    @property
    def usage(self) -> Usage:
        return Usage(self.used_files, self.used_bytes)


@dataclass(frozen=True, slots=True)
class _Settled:
    settled_at: datetime | None = None


def recount(*, shop: str, owner: str, now: datetime, dry_run: bool = False) -> Recount:
    """Notes a difference; one that was noted at least QUIET ago and is still the same is set right.

    A dry run tells which of it would be done. `busy`: the owner is registering, or a visit is being handed over. One
    index query per 1,000 files, one batch read per 100; one write if there is a difference.
    """
    shops.known_shop(shop)
    for _ in range(TRIES):
        before = table.get(OwnerRow, keys.owner_row(shop, owner), Counted, consistent=True)
        if before is None:
            return Recount(Outcome.UNKNOWN, NOTHING, NOTHING)
        if _is_busy(before, shop, now):
            break
        found = _compared(before, _charged(shop, owner), now)
        if dry_run or _settled(shop, owner, before, found, now):
            return found
    return Recount(Outcome.BUSY, NOTHING, NOTHING)


def look(*, shop: str, owner: str, now: datetime) -> Recount:
    """What a recount would look at: `right`, `different` at two looks, or left alone. Nothing is written."""
    found, again = (recount(shop=shop, owner=owner, now=now, dry_run=True) for _ in range(2))
    if found.more == NOTHING:
        return found
    return replace(found, outcome=Outcome.DIFFERENT if found == again else Outcome.BUSY)


def _is_busy(counted: Counted, shop: str, now: datetime) -> bool:
    """A place may be reserved whose row is not written yet; a claimed visit counts before its files are moved."""
    if counted.reserved_at and now - counted.reserved_at < QUIET:
        return True
    if counted.claimed_session is None:
        return False
    visit = table.get(SessionRow, keys.session_row(shop, counted.claimed_session), _Settled, consistent=True)
    return visit is not None and visit.settled_at is None


def look_again(key: Key, due_sort: str, *, later: bool, now: datetime) -> bool:
    """Of a customer whose noted difference could not be set right, when the sweep comes by once more; else it is right
    by now. False: it was moved meanwhile.
    """
    place, as_found = due.parse(due_sort), OwnerRow.due_sort == due_sort
    actions = _due(place.shop, place.id, now) if later else [attribute.remove() for attribute in _NOTED]
    return table.update(OwnerRow, key, actions, as_found, Usage).won


def _compared(before: Counted, exact: Usage, now: datetime) -> Recount:
    found = Recount(Outcome.RIGHT, before.usage, exact)
    if found.more == NOTHING:
        return found
    fresh = before.noted_at is not None and now - before.noted_at < QUIET
    again = _was_noted(before, found.more) and not fresh
    return replace(found, outcome=Outcome.CORRECTED if again else Outcome.NOTED)


def _settled(shop: str, owner: str, before: Counted, found: Recount, now: datetime) -> bool:
    """False: the row moved while the files were counted."""
    more = found.more
    if found.outcome == Outcome.RIGHT or (found.outcome == Outcome.NOTED and _was_noted(before, more)):
        return True
    noted = found.outcome == Outcome.NOTED
    actions = [*_note(more, now), *_due(shop, owner, now)] if noted else _correct(more, now)
    return table.update(OwnerRow, keys.owner_row(shop, owner), actions, unmoved(before), Usage).won


def _was_noted(counted: Counted, more: Usage) -> bool:
    """The same difference, and nothing was reserved since."""
    if counted.noted_at is None or more != Usage(counted.noted_files, counted.noted_bytes):
        return False
    return counted.reserved_at is None or counted.noted_at - counted.reserved_at >= QUIET


def _note(more: Usage, now: datetime) -> list[Action]:
    return [
        OwnerRow.noted_at.set(now),
        OwnerRow.noted_files.set(more.used_files),
        OwnerRow.noted_bytes.set(more.used_bytes),
    ]


def _due(shop: str, owner: str, now: datetime) -> list[Action]:
    place = due.due(now + QUIET, now=now, shop=shop, kind="usage", id=owner)
    return [OwnerRow.due_bucket.set(place.bucket), OwnerRow.due_sort.set(place.sort)]


def _correct(more: Usage, now: datetime) -> list[Action]:
    return [
        OwnerRow.used_files.add(-more.used_files),
        OwnerRow.used_bytes.add(-more.used_bytes),
        OwnerRow.recounted_at.set(now),
        *(attribute.remove() for attribute in _NOTED),
    ]


def unmoved(counted: Counted) -> Condition:
    """Nothing was registered or given back since it was read."""
    reserved = OwnerRow.reserved_at
    same = (reserved == counted.reserved_at) if counted.reserved_at else reserved.does_not_exist()
    usage = (OwnerRow.used_files == counted.used_files) & (OwnerRow.used_bytes == counted.used_bytes)
    condition: Condition = usage & same
    return condition


def _charged(shop: str, owner: str) -> Usage:
    """Of all files that the owner is charged with."""
    files = size = 0
    start: dict[str, str] | None = None
    while True:
        page = table.query_index("by_owner", keys.files_of_owner(shop, owner), limit=PAGE, start=start)
        rows = table.batch_get(FileRow, [entry.key for entry in page.items], File, consistent=True)
        charged = [file.charged for file in rows.values() if file.charged is not None and file.owner == owner]
        files, size, start = files + len(charged), size + sum(charged), page.next
        if start is None:
            return Usage(files, size)
