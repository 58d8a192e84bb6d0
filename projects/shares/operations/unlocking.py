"""Passwords of shares. A try is counted before the password is looked at: however many come at once, no more are looked
at within the time than may be wrong, and a right one is told no sooner than a wrong one. A right one is not counted.
"""

from datetime import datetime
from math import ceil

from django.contrib.auth.hashers import check_password

from imagestore.common import table
from imagestore.common.errors import Unavailable
from imagestore.identity import issued
from imagestore.identity.issued import Issued
from projects.shares import keys, queries, rules
from projects.shares.errors import PasswordsThrottled, PasswordWrong
from projects.shares.models import AttemptsRow, seconds
from projects.shares.queries import Link
from projects.shares.records import Attempts

TRIES = 5


def unlock(*, link: Link, password: str, now: datetime) -> tuple[str, datetime]:
    """What opens the share for an hour, and until when. Raises ShareNotFound, PasswordWrong, PasswordsThrottled.

    A share without a password opens with any.
    """
    share = link.share
    queries.project_of(share)
    if share.password is not None:
        _try(link.token, share.password, password, now)
    until = issued.lifetime_until(now, rules.OPEN_FOR)
    return issued.issue(Issued("share", rules.as_holder(share), until, share.id), now=now), until


def _try(token: str, hashed: str, password: str, now: datetime) -> None:
    window = _counted(token, now)
    right = check_password(password, hashed)
    decided = [AttemptsRow.number.add(-1)] if right else [AttemptsRow.wrong.add(1)]
    table.update(AttemptsRow, keys.attempts_row(token), decided, AttemptsRow.expires_at == window, Attempts)
    if not right:
        raise PasswordWrong("This is not the password of this share.", field="password")


def _counted(token: str, now: datetime) -> int:
    """The end of the time in which this try counts; the first one opens it. Raises PasswordsThrottled."""
    key, present = keys.attempts_row(token), seconds(now)
    room = (AttemptsRow.expires_at > present) & (AttemptsRow.number < rules.MOST_WRONG)
    over = AttemptsRow.pk.does_not_exist() | (AttemptsRow.expires_at <= present)
    anew = [
        AttemptsRow.number.set(1),
        AttemptsRow.wrong.set(0),
        AttemptsRow.expires_at.set(seconds(now + rules.REMEMBERED)),
    ]
    for _ in range(TRIES):
        if table.update(AttemptsRow, key, anew, over, Attempts).won:
            return seconds(now + rules.REMEMBERED)
        won, attempts = table.update(AttemptsRow, key, [AttemptsRow.number.add(1)], room, Attempts)
        if won and attempts:
            return attempts.expires_at
        if attempts and attempts.expires_at > present:
            raise _throttled(attempts, now)
    raise Unavailable("The password could not be looked at in time; try again.")


def _throttled(attempts: Attempts, now: datetime) -> PasswordsThrottled:
    wait = rules.seconds_to_wait(attempts, now)
    told = f"{ceil(wait / 60)} minutes" if wait > rules.SOON else "a moment"
    return PasswordsThrottled(f"Too many passwords were tried. Try again in {told}.", retry_after=wait)
