"""What follows when a visit is over: its files go to the customer who claimed it, or are dated by the shop's rule.

Few at once; many as a run of the scheduler, or as bare tasks where no scheduler is. Each step is conditional on the
file still being the visit's, so that repeats change nothing, and the session stays due until a late look finds
nothing left: what a run left undone is done then.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys, rules, visits
from files.models import FileRow, SessionRow, belongs_to, in_state, looked_at, session_waits_until
from files.operations import quota
from files.records import File, FileState, SessionState, UploadSession
from imagestore.common import ids, principal, queues, table, tasks
from imagestore.common.batches import chunks, in_parallel
from imagestore.common.contracts import SETTLE_PROJECTS, SETTLE_SLICE, START_SLICES, Part, PlannedRun, SliceReport
from imagestore.common.retention import RetentionPolicy
from imagestore.common.table import BEYOND
from imagestore.identity import queries as shops

PAGE = 100
LISTED_AT_ONCE = 1_000
MOST_SLICES = 500
"""Of one run, so that its plan fits into a message."""
JOB = "settle_session"
KEPT_FOR = timedelta(days=90)
"""Beyond the time of what it leaves: whoever looks at that is told of its visit."""
AWAITED_AGAIN = timedelta(hours=1)
Cursor = dict[str, str] | None


class _Progress(NamedTuple):
    """`awaited`: uploads that were begun before the end, and may still arrive."""

    changed: int = 0
    awaited: int = 0


def settle_now(session: UploadSession, now: datetime) -> UploadSession:
    """The first files while the caller waits; the others as a run."""
    files, following = _page(session, None)
    in_parallel(_step(session, now), files)
    if following:
        _send_the_rest(session, following, now)
    _tell_projects(session)
    return session


def settle(*, shop: str, id: str, now: datetime) -> int:
    """All that is left; answers how many files it changed. A session that is open is left alone."""
    session = table.get(SessionRow, keys.session_row(shop, id), UploadSession, consistent=True)
    if session is None or session.closed_at is None:
        return 0
    if session.state == SessionState.CLAIMED:
        # Whoever claimed it may have died before.
        quota.move_charge(session, principal.clock(), now)
    changed = awaited = 0
    for files in _pages(session):
        changed += sum(in_parallel(_step(session, now), files))
        if session.state == SessionState.ENDED:
            awaited += sum(file.state in rules.AWAITED for file in files)
    _tell_projects(session)
    _finish(session, _Progress(changed, awaited), now)
    return changed


def settle_slice(*, shop: str, id: str, low: str, high: str, now: datetime) -> SliceReport:
    """A slice of a run: the files whose places in the visit's list are within. One that fails stops no other."""
    report = SliceReport()
    session = table.get(SessionRow, keys.session_row(shop, id), UploadSession, consistent=True)
    if session is None or session.closed_at is None:
        return report
    done, step = "handed_over" if session.state == SessionState.CLAIMED else "made_due", _step(session, now)

    def tried(file: File) -> str:
        try:
            return done if step(file) else "skipped"
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    for files in _pages(session, low, high):
        for file, word in zip(files, in_parallel(tried, files), strict=True):
            if word in (done, "skipped"):
                report.did(word, file.id)
            else:
                report.fail(file.id, None, word)
    return report


def hand_over(id: str, session: UploadSession) -> bool:
    """To the customer who claimed the visit. What it is charged with was moved by the claim."""
    actions = belongs_to(session.shop, rules.owner_of(str(session.customer)))
    condition = _of_visit(session) & ~in_state(*rules.REMOVED)
    return table.update(FileRow, keys.file_row(id), actions, condition, File).won


def _tell_projects(session: UploadSession) -> None:
    """They follow the same row; should the message be lost, a later look here or their own due finds them."""
    if queues.exists(queues.of_task(SETTLE_PROJECTS)):
        tasks.send(SETTLE_PROJECTS, shop=session.shop, session=session.id)


def _send_the_rest(session: UploadSession, start: Cursor, now: datetime) -> None:
    recorded = queues.exists(queues.of_task(START_SLICES))
    for parts in chunks(_parts(session, start), MOST_SLICES):
        if recorded:
            tasks.send(START_SLICES, **PlannedRun(ids.new_id(now), JOB, session.shop, SETTLE_SLICE, parts).payload())
        else:
            for part in parts:
                tasks.send(SETTLE_SLICE, **part["payload"])


def _parts(session: UploadSession, start: Cursor) -> Iterator[Part]:
    """Cut by their places in the list: whatever leaves it meanwhile moves no border."""
    for places in chunks(_places(session, start), PAGE):
        payload = {"shop": session.shop, "session": session.id, "low": places[0], "high": places[-1]}
        yield {"items": len(places), "payload": payload}


def _places(session: UploadSession, start: Cursor) -> Iterator[str]:
    while start:
        page = table.query_index("by_owner", _list_of(session), limit=LISTED_AT_ONCE, start=start)
        yield from (entry.sort for entry in page.items)
        start = page.next


def _pages(session: UploadSession, low: str = "", high: str = BEYOND) -> Iterator[Sequence[File]]:
    files, following = _page(session, None, low, high)
    yield files
    while following:
        files, following = _page(session, following, low, high)
        yield files


def _page(session: UploadSession, start: Cursor, low: str = "", high: str = BEYOND) -> tuple[list[File], Cursor]:
    """Files that are still the visit's."""
    page = table.query_index("by_owner", _list_of(session), low=low, high=high, limit=PAGE, start=start)
    rows = table.batch_get(FileRow, [entry.key for entry in page.items], File, consistent=True)
    owner = rules.owner_of_session(session.id)
    return [file for file in rows.values() if file.owner == owner], page.next


def _list_of(session: UploadSession) -> str:
    return keys.files_of_owner(session.shop, rules.owner_of_session(session.id))


def _step(session: UploadSession, now: datetime) -> Callable[[File], bool]:
    if session.state == SessionState.CLAIMED:
        return lambda file: hand_over(file.id, session)
    policy = shops.known_shop(session.shop).policy
    return lambda file: _make_due(file, session, policy, now)


def _make_due(file: File, session: UploadSession, policy: RetentionPolicy, now: datetime) -> bool:
    """A stored file that nothing holds: when the rule says, or somebody asked to keep it until; no earlier than it was
    to be kept when the visit ended. One held is due when released.
    """
    if file.state != FileState.STORED or file.holders or file.released_at:
        return False
    ends_at = max(rules.ending(file, policy, session).due_at, session.files_until or session.over_at)
    purge_after = max(ends_at, now)
    looked = rules.decoded_soon(purge_after, now) if file.undecoded else purge_after
    actions = [
        FileRow.purge_after.set(purge_after),
        *looked_at(looked, now=now, shop=session.shop, id=file.id),
    ]
    otherwise_dated = (FileRow.purge_after > purge_after) | (FileRow.purge_after < ends_at)
    unheld = FileRow.holders.does_not_exist() & otherwise_dated
    condition = _of_visit(session) & in_state(FileState.STORED) & unheld
    return table.update(FileRow, keys.file_row(file.id), actions, condition, File).won


def _finish(session: UploadSession, progress: _Progress, now: datetime) -> None:
    """Over only when nothing was left to do at a time when no request of before can still be under way."""
    key = keys.session_row(session.shop, session.id)
    quiet = session.closed_at is not None and now - session.closed_at >= visits.QUIET
    if quiet and progress == _Progress():
        actions: list[Action] = [
            SessionRow.settled_at.set(now),
            SessionRow.due_bucket.remove(),
            SessionRow.due_sort.remove(),
            SessionRow.expires_at.set(int((_left_until(session, now) + KEPT_FOR).timestamp())),
        ]
    else:
        again = now + (AWAITED_AGAIN if progress.awaited else visits.QUIET)
        actions = session_waits_until(again, now=now, shop=session.shop, id=session.id)
    table.update(SessionRow, key, actions, SessionRow.settled_at.does_not_exist(), UploadSession)


def _left_until(session: UploadSession, now: datetime) -> datetime:
    return max(now, session.files_until or now, session.projects_until or now)


def _of_visit(session: UploadSession) -> Condition:
    condition: Condition = FileRow.owner == rules.owner_of_session(session.id)
    return condition
