"""The exact count of what a customer uses. Answers that were lost on the way can leave the running one a little off.

A difference may also be something under way: a reservation whose rows are still to come, a charge taken from a file and
not yet from its owner. So it is noted first, and set right when it is the same a while later and nothing was reserved
in between. It is set right by subtracting, which goes well with whatever else is given back at that moment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys
from files.models import FileRow, OwnerRow, SessionRow
from files.records import File, Usage
from imagestore.common import table
from imagestore.common.rows import Key
from imagestore.identity import queries as shops

QUIET = timedelta(minutes=2)
"""No request and no step of a sweep takes longer."""
TRIES = 3
PAGE = 1000
NOTHING = Usage()


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

    @property
    def usage(self) -> Usage:
        return Usage(self.used_files, self.used_bytes)


@dataclass(frozen=True, slots=True)
class _Settled:
    settled_at: datetime | None = None


Settle = Callable[[Counted, Usage, Key, datetime], Outcome | None]


def recount(*, shop: str, owner: str, now: datetime) -> Recount:
    """Notes a difference; one that was noted at least QUIET ago and is still the same is set right.

    `busy`: the owner is registering, or a visit is being handed over. One index query per 1,000 files, one batch read
    per 100; one write if there is a difference.
    """
    shops.known_shop(shop)
    return _recount(shop, owner, now, _settle)


def look(*, shop: str, owner: str, now: datetime) -> Recount:
    """What a recount would look at: `right`, `different`, or left alone. Nothing is written."""
    return _recount(shop, owner, now, _judge)


def _recount(shop: str, owner: str, now: datetime, settle: Settle) -> Recount:
    for _ in range(TRIES):
        before = table.get(OwnerRow, keys.owner_row(shop, owner), Counted, consistent=True)
        if before is None:
            return Recount(Outcome.UNKNOWN, NOTHING, NOTHING)
        if _is_busy(before, shop, now):
            break
        exact = _charged(shop, owner)
        outcome = settle(before, exact, keys.owner_row(shop, owner), now)
        if outcome:
            return Recount(outcome, before.usage, exact)
    return Recount(Outcome.BUSY, NOTHING, NOTHING)


def _is_busy(counted: Counted, shop: str, now: datetime) -> bool:
    """A place may be reserved whose row is not written yet; a claimed visit counts before its files are moved."""
    if counted.reserved_at and now - counted.reserved_at < QUIET:
        return True
    if counted.claimed_session is None:
        return False
    visit = table.get(SessionRow, keys.session_row(shop, counted.claimed_session), _Settled, consistent=True)
    return visit is not None and visit.settled_at is None


def _judge(before: Counted, exact: Usage, key: Key, now: datetime) -> Outcome | None:
    """None: as for `_settle`."""
    if before.usage == exact:
        return Outcome.RIGHT
    unmoved = table.get(OwnerRow, key, Counted, consistent=True) == before
    return Outcome.DIFFERENT if unmoved else None


def _settle(before: Counted, exact: Usage, key: Key, now: datetime) -> Outcome | None:
    """None: the row moved while the files were counted."""
    more = Usage(before.used_files - exact.used_files, before.used_bytes - exact.used_bytes)
    if more == NOTHING:
        return Outcome.RIGHT
    outcome = Outcome.NOTED
    if _was_noted(before, more):
        if before.noted_at and now - before.noted_at < QUIET:
            return outcome
        outcome = Outcome.CORRECTED
    actions = _correct(more, now) if outcome == Outcome.CORRECTED else _note(more, now)
    return outcome if table.update(OwnerRow, key, actions, unmoved(before), Usage).won else None


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


def _correct(more: Usage, now: datetime) -> list[Action]:
    return [
        OwnerRow.used_files.add(-more.used_files),
        OwnerRow.used_bytes.add(-more.used_bytes),
        OwnerRow.recounted_at.set(now),
        *(attribute.remove() for attribute in (OwnerRow.noted_at, OwnerRow.noted_files, OwnerRow.noted_bytes)),
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
