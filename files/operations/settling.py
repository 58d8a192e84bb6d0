"""What follows when a visit is over: its files go to the customer who claimed it, or become due.

Few at once; many by a task that goes on page by page. Each step is conditional on the file still being the visit's,
so that repeats change nothing, and the session stays due until a late look finds nothing left.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys, rules
from files.models import FileRow, SessionRow, in_state, looked_at, session_waits_until
from files.operations import quota
from files.records import File, FileState, SessionState, UploadSession
from imagestore.common import principal, table, tasks
from imagestore.common.batches import in_parallel
from imagestore.common.contracts import SETTLE_SESSION
from imagestore.common.retention import RetentionPolicy

PAGE = 100
PAGES_PER_TASK = 10
KEPT_FOR = timedelta(days=90)
AWAITED_AGAIN = timedelta(hours=1)
Cursor = dict[str, str] | None


class _Progress(NamedTuple):
    """`awaited`: uploads that were begun before the end, and may still arrive."""

    changed: int = 0
    awaited: int = 0


def settle_now(session: UploadSession, now: datetime) -> UploadSession:
    """The first files while the caller waits; the others as a task."""
    _, following = _settle_page(session, None, now)
    if following:
        tasks.send(SETTLE_SESSION, shop=session.shop, id=session.id, cursor=following)
    return session


def settle(*, shop: str, id: str, cursor: Cursor, now: datetime) -> int:
    """Goes on from `cursor`; answers how many files it changed. A session that is open is left alone."""
    session = table.get(SessionRow, keys.session_row(shop, id), UploadSession, consistent=True)
    if session is None or session.closed_at is None:
        return 0
    if session.state == SessionState.CLAIMED:
        # Whoever claimed it may have died before.
        quota.move_charge(session, principal.clock(), now)
    changed = awaited = 0
    for _ in range(PAGES_PER_TASK):
        page, cursor = _settle_page(session, cursor, now)
        changed, awaited = changed + page.changed, awaited + page.awaited
        if cursor is None:
            _finish(session, _Progress(changed, awaited), now)
            return changed
    tasks.send(SETTLE_SESSION, shop=shop, id=id, cursor=cursor)
    return changed


def hand_over(id: str, session: UploadSession) -> bool:
    """To the customer who claimed the visit. What it is charged with was moved by the claim."""
    owner = rules.owner_of(str(session.customer))
    actions = [FileRow.owner.set(owner), FileRow.owner_key.set(keys.files_of_owner(session.shop, owner))]
    condition = _of_visit(session) & ~in_state(*rules.REMOVED)
    return table.update(FileRow, keys.file_row(id), actions, condition, File).won


def _settle_page(session: UploadSession, cursor: Cursor, now: datetime) -> tuple[_Progress, Cursor]:
    owner = rules.owner_of_session(session.id)
    page = table.query_index("by_owner", keys.files_of_owner(session.shop, owner), limit=PAGE, start=cursor)
    rows = table.batch_get(FileRow, [entry.key for entry in page.items], File, consistent=True)
    files = [file for file in rows.values() if file.owner == owner]
    if session.state == SessionState.CLAIMED:
        changed = in_parallel(lambda file: hand_over(file.id, session), files)
        return _Progress(sum(changed), 0), page.next
    changed = in_parallel(lambda file: _make_due(file, session, now), files)
    return _Progress(sum(changed), sum(file.state in rules.AWAITED for file in files)), page.next


def _make_due(file: File, session: UploadSession, now: datetime) -> bool:
    """A stored file that nothing holds: now, or when somebody asked to keep it until. One held is due when released."""
    if file.state != FileState.STORED or file.holders or file.released_at:
        return False
    purge_after = max(rules.stored_until(file, RetentionPolicy(), session), now)
    looked = rules.decoded_soon(purge_after, now) if file.undecoded else purge_after
    actions = [
        FileRow.purge_after.set(purge_after),
        *looked_at(looked, now=now, shop=session.shop, id=file.id),
    ]
    unheld = FileRow.holders.does_not_exist() & (FileRow.purge_after > purge_after)
    condition = _of_visit(session) & in_state(FileState.STORED) & unheld
    return table.update(FileRow, keys.file_row(file.id), actions, condition, File).won


def _finish(session: UploadSession, progress: _Progress, now: datetime) -> None:
    """Over only when nothing was left to do at a time when no request of before can still be under way."""
    key = keys.session_row(session.shop, session.id)
    quiet = session.closed_at is not None and now - session.closed_at >= rules.SESSION_QUIET
    if quiet and progress == _Progress():
        actions: list[Action] = [
            SessionRow.settled_at.set(now),
            SessionRow.due_bucket.remove(),
            SessionRow.due_sort.remove(),
            SessionRow.expires_at.set(int((now + KEPT_FOR).timestamp())),
        ]
    else:
        again = now + (AWAITED_AGAIN if progress.awaited else rules.SESSION_QUIET)
        actions = session_waits_until(again, now=now, shop=session.shop, id=session.id)
    table.update(SessionRow, key, actions, SessionRow.settled_at.does_not_exist(), UploadSession)


def _of_visit(session: UploadSession) -> Condition:
    condition: Condition = FileRow.owner == rules.owner_of_session(session.id)
    return condition
