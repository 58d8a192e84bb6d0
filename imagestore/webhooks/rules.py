"""How many endpoints and secrets a shop may have, and when a delivery is tried again or given up. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from imagestore.webhooks.errors import SecretsTooMany
from imagestore.webhooks.records import Attempt, Delivery, DeliveryState, Secret

MOST_ENDPOINTS = 5
"""Each adds a write to the transactions that announce."""
MOST_SECRETS = 4
LONGEST_DESCRIPTION = 200
LONGEST_OVERLAP = timedelta(days=7)
FIRST_LOOK = timedelta(minutes=1)
"""After an event was announced: by then the message that asks for its delivery is done or lost."""
LEASE = timedelta(minutes=2)
"""Of who delivers: an attempt takes 45 seconds at most, the name servers' time included, and clocks differ."""
CLOCKS_DIFFER = timedelta(seconds=2)
"""So much: a message may be there before the moment at which another machine says that it sent it."""
LEAST_LEFT = timedelta(seconds=60)
"""Of a lease, when the request begins."""
PAUSES = tuple(
    timedelta(**pause)
    for pause in ({"seconds": 5}, {"minutes": 5}, {"minutes": 30}, {"hours": 2}, {"hours": 5}, {"hours": 10})
)
"""As Standard Webhooks suggests; the last one again and again."""
PATIENCE = timedelta(days=3)
KEPT_FOR = timedelta(days=30)
KEPT_ATTEMPTS = 20


def active(secrets: Sequence[Secret], now: datetime) -> list[Secret]:
    """Those that sign now, the newest first."""
    holding = [one for one in secrets if "ends_at" not in one or datetime.fromisoformat(one["ends_at"]) > now]
    return holding[::-1]


def rotated(secrets: Sequence[Secret], sealed: str, overlap: timedelta, now: datetime) -> list[Secret]:
    """With a new one; the one before it signs for so much longer. Raises SecretsTooMany."""
    ends_at = (now + overlap).isoformat()
    kept = [one if "ends_at" in one else _ending(one, ends_at) for one in active(secrets, now)[::-1]]
    kept = active(kept, now)[::-1]
    if len(kept) >= MOST_SECRETS:
        text = f"{len(kept)} secrets of this endpoint sign already. Wait until one ends, or rotate without an overlap."
        raise SecretsTooMany(text, most=MOST_SECRETS)
    return [*kept, Secret(sealed=sealed, created_at=now.isoformat())]


def _ending(secret: Secret, ends_at: str) -> Secret:
    ending = secret.copy()
    ending["ends_at"] = ends_at
    return ending


def next_try(delivery: Delivery, now: datetime) -> datetime | None:
    """After an attempt that failed at `now`; None: it is given up.

    Three days after it was made that is, however long it waited behind others: a dead endpoint's line drains.
    """
    later = now + PAUSES[min(delivery.tries, len(PAUSES) - 1)]
    return later if later <= delivery.begun_at + PATIENCE else None


def with_attempt(delivery: Delivery, attempt: Attempt) -> list[Attempt]:
    return [*delivery.attempts, attempt][-KEPT_ATTEMPTS:]


def too_late(delivery: Delivery, now: datetime) -> bool:
    """Whether so little is left of the lease that somebody else might begin before the answer is there."""
    return delivery.leased_until is not None and delivery.leased_until - now < LEAST_LEFT


def in_the_way(earlier: Delivery | None) -> bool:
    """Whether an event of the same subject has to go first."""
    return earlier is not None and earlier.state == DeliveryState.WAITING
