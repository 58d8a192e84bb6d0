"""Limits of shares, and what each is good for. Pure."""

from datetime import datetime, timedelta
from math import ceil

from imagestore.common.principal import Principal
from projects.shares.errors import ShareForbids, ShareInvalid
from projects.shares.records import Attempts, Mode, Share, Wanted

MOST_SHARES = 100
LONGEST_LABEL = 100
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128
LONGEST_LIFE = timedelta(days=366)
NOTED_AGAIN = timedelta(hours=1)
"""No view pays a write: that a share is in use is noted at most so often."""
OPEN_FOR = timedelta(hours=1)
"""How long a password need not be told again."""
MOST_WRONG = 10
REMEMBERED = timedelta(minutes=15)
SOON = 2
"""Seconds after which passwords that are being looked at are decided."""
MODES = list(Mode)


def check_wanted(wanted: Wanted, now: datetime) -> None:
    """Raises ShareInvalid naming the field and its limit."""
    if len(wanted.label) > LONGEST_LABEL:
        raise ShareInvalid(f"label has at most {LONGEST_LABEL} characters.", "label", limit=LONGEST_LABEL)
    if wanted.password is not None and not SHORTEST_PASSWORD <= len(wanted.password) <= LONGEST_PASSWORD:
        limits = f"from {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}"
        raise ShareInvalid(f"password has {limits} characters.", "password", limit=SHORTEST_PASSWORD)
    if wanted.ends_at is not None and not now < wanted.ends_at <= now + LONGEST_LIFE:
        days = LONGEST_LIFE.days
        raise ShareInvalid(f"expires_at lies within the next {days} days.", "expires_at", limit=days)


def is_good(share: Share, now: datetime) -> bool:
    return share.ends_at is None or share.ends_at > now


def check_mode(share: Share, needed: Mode) -> None:
    """Raises ShareForbids."""
    if MODES.index(share.mode) < MODES.index(needed):
        raise ShareForbids(f"This link is to {share.mode} the project, not to {needed} it.", mode=share.mode)


def as_holder(share: Share, owner: str | None = None) -> Principal:
    """Who has the link, and is nobody by that alone. `owner`: who that is, if it is known."""
    name = share.label or share.id
    return Principal(kind="share", shop=share.shop, name=f"{name} ({owner})" if owner else name)


def is_to_be_noted(share: Share, now: datetime) -> bool:
    return share.used_at is None or now - share.used_at >= NOTED_AGAIN


def seconds_to_wait(attempts: Attempts, now: datetime) -> int:
    """Until wrong passwords are forgotten, or those that are being looked at are decided."""
    return ceil(attempts.expires_at - now.timestamp()) if attempts.wrong >= MOST_WRONG else SOON
