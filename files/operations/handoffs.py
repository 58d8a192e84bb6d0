"""Handoffs: a phone's short-lived right to add photos to a visit, revocable, for so many files and no more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from files import keys, visits
from files.errors import HandoffClosed, HandoffInvalid, HandoffNotFound, SessionClosed
from files.models import HandoffRow
from files.queries import session_of
from files.records import Handoff, SessionState, UploadSession
from imagestore.common import idempotency, ids, table, transaction
from imagestore.common.idempotency import Asked, Record
from imagestore.common.principal import Principal
from imagestore.identity import issued
from imagestore.identity.issued import Issued

MOST_FILES = 500
LONGEST = timedelta(hours=24)
LONGEST_KEPT = timedelta(days=366)
KEPT_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`lifetime`: of the link, never longer than its session may live. `keep_until`: of what it adds."""

    lifetime: timedelta = timedelta(minutes=30)
    most_files: int = 100
    keep_until: datetime | None = None


def make_handoff(
    *, session_id: str, wanted: Wanted, principal: Principal, now: datetime, asked: Asked | None = None
) -> tuple[Handoff, str]:
    """The handoff and its token. Raises SessionNotFound, SessionClosed, HandoffInvalid.

    With `asked` a repeat answers the same handoff and token, whatever became of it. Raises KeyReused.
    """
    session = session_of(principal, session_id)
    try:
        handoff = _new_handoff(session, wanted, now)
    except (SessionClosed, HandoffInvalid):
        if asked is None or not idempotency.was_recorded(asked, now):
            raise
        handoff = _first_made(session, idempotency.recorded(asked))
    else:
        first = idempotency.once(asked, now, [handoff.id], [transaction.put(_row(handoff))]) if asked else None
        if first:
            handoff = _first_made(session, first)
        elif asked is None:
            table.put_new(_row(handoff))
    return handoff, issued.issue(_token(handoff, session), now=handoff.created_at)


def revoke(*, session_id: str, id: str, principal: Principal, now: datetime) -> None:
    """From now on the link adds nothing. Repeats change nothing. Raises SessionNotFound, HandoffNotFound."""
    session = session_of(principal, session_id)
    key = keys.handoff_row(session.shop, session.id, id)
    revoked = [HandoffRow.revoked_at.set(HandoffRow.revoked_at | now)]
    if not table.update(HandoffRow, key, revoked, HandoffRow.pk.exists(), Handoff).won:
        raise HandoffNotFound("There is no handoff with this id.")


def use(*, token: Issued, files: int, now: datetime) -> Handoff:
    """Counts files against the handoff, as one conditional update. Raises HandoffClosed with a sentence for people."""
    who = token.principal
    key = keys.handoff_row(who.shop, str(who.session), token.id)
    alive = HandoffRow.revoked_at.does_not_exist() & (HandoffRow.ends_at > now)
    counted, room = [HandoffRow.left_files.add(-files)], HandoffRow.left_files >= files
    won, handoff = table.update(HandoffRow, key, counted, alive & room, Handoff)
    if won and handoff is not None:
        return handoff
    raise HandoffClosed(visits.why_closed(handoff, now))


def _first_made(session: UploadSession, first: Record) -> Handoff:
    handoff = table.get(HandoffRow, keys.handoff_row(session.shop, session.id, first.ids[0]), Handoff, consistent=True)
    if handoff is None:
        raise HandoffClosed(visits.why_closed(None, first.created_at))
    return handoff


def _new_handoff(session: UploadSession, wanted: Wanted, now: datetime) -> Handoff:
    if session.state != SessionState.OPEN or session.ends_at <= now:
        raise SessionClosed(f"The upload session is {session.state}; it takes no more files.", state=session.state)
    _check(wanted, now)
    latest = session.created_at + visits.LONGEST
    return Handoff(
        id=ids.new_id(now),
        shop=session.shop,
        session=session.id,
        created_at=now,
        ends_at=min(issued.lifetime_until(now, wanted.lifetime), latest),
        most_files=wanted.most_files,
        left_files=wanted.most_files,
        keep_until=wanted.keep_until,
    )


def _check(wanted: Wanted, now: datetime) -> None:
    if not timedelta(minutes=1) <= wanted.lifetime <= LONGEST:
        raise HandoffInvalid("A handoff lives from 1 minute to 24 hours.", field="minutes", limit=24 * 60)
    if not 1 <= wanted.most_files <= MOST_FILES:
        raise HandoffInvalid(f"A handoff takes from 1 to {MOST_FILES} files.", field="most_files", limit=MOST_FILES)
    if wanted.keep_until is not None and not now < wanted.keep_until <= now + LONGEST_KEPT:
        raise HandoffInvalid("keep_until is within the next 366 days.", field="keep_until", limit=366)


def _row(handoff: Handoff) -> HandoffRow:
    return HandoffRow(
        *keys.handoff_row(handoff.shop, handoff.session, handoff.id),
        expires_at=int((handoff.ends_at + KEPT_FOR).timestamp()),
        id=handoff.id,
        shop=handoff.shop,
        session=handoff.session,
        created_at=handoff.created_at,
        ends_at=handoff.ends_at,
        most_files=handoff.most_files,
        left_files=handoff.left_files,
        keep_until=handoff.keep_until,
    )


def _token(handoff: Handoff, session: UploadSession) -> Issued:
    """Whoever holds it adds photos for the visit, and sees nothing else of it. A claim changes nothing in it."""
    guest = Principal(
        kind="customer",
        shop=handoff.shop,
        customer=None if session.claimed_at else session.customer,
        session=session.id,
        scopes=frozenset({"files:write"}),
    )
    return Issued("handoff", guest, handoff.ends_at, handoff.id)
