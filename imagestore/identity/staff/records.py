"""The nouns: a session of the staff site, and wrong passwords of late."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Session:
    """`expires_at` is in seconds since 1970; `data` is Django's own signed text."""

    data: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong passwords for one account from one address, forgotten at `expires_at`."""

    number: int
    expires_at: int
