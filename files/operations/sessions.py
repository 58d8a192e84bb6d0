"""Upload sessions: opened, claimed by a login, ended by a logout or by the clock.

Claim and end are one conditional change of the session's own row. Whose its files are is decided by that alone;
they are handed over afterwards (`settling`).
"""

from datetime import datetime

from pynamodb.expressions.update import Action

from files import keys, rules, visits
from files.errors import SessionClosed
from files.models import SessionRow, new_session, session_waits_until, visit_of_customer
from files.operations import quota, settling
from files.queries import session_of
from files.records import SessionState, UploadSession
from imagestore.common import idempotency, ids, table, transaction
from imagestore.common.idempotency import Asked
from imagestore.common.principal import Principal
from imagestore.common.retention import Subject
from imagestore.common.transaction import TransactionLost, Write
from imagestore.identity import queries as shops


def open_session(
    *, customer: str | None, principal: Principal, now: datetime, asked: Asked | None = None
) -> UploadSession:
    """A new visit, or the one that the token names as it stands. Raises SessionClosed if that is over.

    With `asked` a repeat answers the visit that the first call opened, whatever became of it. Raises KeyReused.
    """
    shops.known_shop(principal.shop)
    session = UploadSession(
        id=principal.session or ids.new_id(now),
        shop=principal.shop,
        state=SessionState.OPEN,
        created_at=now,
        ends_at=now + visits.LIFE,
        customer=customer,
    )
    if asked is None:
        return session if table.put_new(new_session(session)) else _still_open(session, principal)
    try:
        first = idempotency.once(asked, now, [session.id], [transaction.put(new_session(session))])
    except TransactionLost:
        known = _still_open(session, principal)
        first = idempotency.once(asked, now, [known.id])
        return session_of(principal, first.ids[0]) if first else known
    return session_of(principal, first.ids[0]) if first else session


def _still_open(session: UploadSession, principal: Principal) -> UploadSession:
    """The visit that was there when this one was to be made."""
    known = session_of(principal, session.id)
    if known.state != SessionState.OPEN or known.ends_at <= session.created_at:
        raise SessionClosed(f"The upload session is {known.state}.", state=known.state)
    return known


def claim(*, id: str, customer: str, principal: Principal, now: datetime) -> UploadSession:
    """A login: every file of the visit is the customer's from now on, those still uploading too.

    Raises SessionNotFound, SessionClosed: claimed by another, or over.
    """
    session = session_of(principal, id)
    if session.state == SessionState.OPEN:
        session = _claim(session, customer, now)
    if session.state != SessionState.CLAIMED or session.customer != customer:
        raise SessionClosed(f"The upload session is {session.state}.", state=session.state)
    if session.settled_at:
        return session
    quota.move_charge(session, principal, now)
    return settling.settle_now(session, now)


def end(*, id: str, principal: Principal, now: datetime) -> UploadSession:
    """A logout: nothing can be added, and what nobody claimed or holds goes. A claimed session stays claimed."""
    session = session_of(principal, id)
    ended = _end(session, now, None) if session.state == SessionState.OPEN else None
    return settling.settle_now(ended, now) if ended else session_of(principal, id)


def owner_in_use(*, shop: str, owner: str, now: datetime) -> str:
    """Under whom work in the name of `owner` counts now: of a visit that was claimed a moment ago, its customer.

    A visit in use goes on. Costs nothing for a customer. Raises SessionClosed.
    """
    id = rules.session_of_owner(owner)
    if id is None:
        return owner
    visit = table.get(SessionRow, keys.session_row(shop, id), UploadSession, consistent=True)
    if visit is None or not visits.takes_work(visit, now):
        state = visit.state if visit else "unknown"
        raise SessionClosed(f"The upload session is {state}.", state=state)
    quota.keep_open(visit, now)
    return visit.owner


def still_open(*, shop: str, owner: str, now: datetime) -> list[Write]:
    """To join what may be made in a visit only while its own row is open; nothing for a customer."""
    id = rules.session_of_owner(owner)
    running = (SessionRow.state == SessionState.OPEN) & (SessionRow.ends_at > now)
    return [transaction.check(SessionRow, keys.session_row(shop, id), running)] if id else []


def end_by_rule(session: UploadSession, now: datetime) -> UploadSession | None:
    """None when it was used meanwhile, claimed or ended."""
    return _end(session, now, session.ends_at)


def end_at_once(session: UploadSession, now: datetime) -> UploadSession | None:
    """For its customer's erasure, whatever its time. None when it was claimed or ended meanwhile."""
    return _end(session, now, None)


def _claim(session: UploadSession, customer: str, now: datetime) -> UploadSession:
    """The session as it stands then: claimed, or what was faster."""
    actions: list[Action] = [
        SessionRow.state.set(SessionState.CLAIMED),
        *visit_of_customer(session.shop, customer, session.id),
        SessionRow.claimed_at.set(now),
        *session_waits_until(now + visits.QUIET, now=now, shop=session.shop, id=session.id),
    ]
    free = SessionRow.customer.does_not_exist() | (SessionRow.customer == customer)
    key = keys.session_row(session.shop, session.id)
    _, row = table.update(SessionRow, key, actions, (SessionRow.state == SessionState.OPEN) & free, UploadSession)
    return row or session


def _end(session: UploadSession, now: datetime, ends_at: datetime | None) -> UploadSession | None:
    condition = SessionRow.state == SessionState.OPEN
    if ends_at is not None:
        condition &= SessionRow.ends_at == ends_at
    policy = shops.known_shop(session.shop).policy
    actions: list[Action] = [
        SessionRow.state.set(SessionState.ENDED),
        SessionRow.ended_at.set(now),
        SessionRow.files_until.set(now + policy.keep(Subject.SESSION_FILE)),
        SessionRow.projects_until.set(now + policy.keep(Subject.GUEST_PROJECT)),
        *session_waits_until(now + visits.QUIET, now=now, shop=session.shop, id=session.id),
    ]
    key = keys.session_row(session.shop, session.id)
    won, row = table.update(SessionRow, key, actions, condition, UploadSession)
    return row if won else None
