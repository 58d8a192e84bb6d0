"""How many wrong passwords are too many, and which one-time codes hold. Pure."""

from datetime import datetime, timedelta

import pyotp

from imagestore.identity.staff.records import Failures

MOST_FAILURES = 10
REMEMBERED = timedelta(minutes=15)
STEP = 30


def throttled(failures: Failures | None, now: datetime) -> bool:
    return failures is not None and failures.number >= MOST_FAILURES and failures.expires_at > now.timestamp()


def step_of_code(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step that the code belongs to: this one or a neighbour, for clocks that differ. None: wrong."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    for step in (current, current - 1, current + 1):
        if pyotp.utils.strings_equal(code.replace(" ", ""), totp.at(step * STEP)):
            return step
    return None
