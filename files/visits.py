"""How long a visit and its links live, and who may work in its name. Pure."""

from datetime import datetime, timedelta

from files.records import Handoff, SessionState, UploadSession
from imagestore.common.principal import Principal

LIFE = timedelta(hours=6)
LONGEST = timedelta(hours=24)
QUIET = timedelta(minutes=10)
"""After this long no request of before a session's end is still under way: its files are listed once more."""
ECHO = timedelta(minutes=1)


def may_see(principal: Principal, session: UploadSession) -> bool:
    """`session` is of the principal's shop."""
    its_customer = session.customer is not None and principal.customer == session.customer
    return principal.kind == "shop" or principal.session == session.id or its_customer


def why_closed(handoff: Handoff | None, now: datetime) -> str:
    if handoff is None or handoff.ends_at <= now:
        return "This link has expired. Ask for a new code on the other screen."
    if handoff.revoked_at is not None:
        return "This link was closed on the other screen. Ask for a new code there."
    if not handoff.left_files:
        return "This link has taken as many photos as it may. Ask for a new code on the other screen."
    return f"This link takes {handoff.left_files} more photos. Ask for a new code on the other screen."


def takes_work(visit: UploadSession, now: datetime) -> bool:
    """Open, or claimed so short ago that what comes in its name was under way at the login."""
    if visit.state == SessionState.CLAIMED:
        return visit.claimed_at is not None and now - visit.claimed_at < ECHO
    return visit.state == SessionState.OPEN and visit.ends_at > now


def is_over(visit: UploadSession, now: datetime) -> bool:
    return visit.state == SessionState.ENDED or (visit.state == SessionState.OPEN and visit.ends_at <= now)


def slides_to(session: UploadSession, now: datetime) -> datetime | None:
    """A session in use goes on, but not for ever; None while more than half of its life is left."""
    later = min(now + LIFE, session.created_at + LONGEST)
    return later if session.ends_at - now < LIFE / 2 and later > session.ends_at else None
