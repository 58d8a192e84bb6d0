"""Reading sessions and wrong passwords. What has expired is not there, whether or not TTL has removed it."""

from datetime import datetime

from imagestore.common import table
from imagestore.identity.staff import keys, rules
from imagestore.identity.staff.models import FailuresRow, SessionRow
from imagestore.identity.staff.records import Failures, Session


def session(token: str, now: datetime) -> Session | None:
    found = table.get(SessionRow, keys.session(token), Session, consistent=True)
    return found if found and found.expires_at > now.timestamp() else None


def throttled(account: str, address: str, now: datetime) -> bool:
    """Whether there were too many wrong passwords for this account from this address."""
    return rules.throttled(table.get(FailuresRow, keys.failures(account, address), Failures, consistent=True), now)
