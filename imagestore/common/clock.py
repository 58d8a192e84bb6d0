"""The one source of the present. Operations never ask it: their callers at the edge do, and pass `now` in."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, UTC, cut to the millisecond that rows store."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def to_milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def from_milliseconds(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
