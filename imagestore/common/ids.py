"""Ids are ULIDs minted here: they sort by their time of birth and never come from a client."""

import re
from datetime import UTC, datetime

from ulid import ULID

PATTERN = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_id(now: datetime) -> str:
    return str(ULID.from_datetime(now))


def is_id(text: str) -> bool:
    return PATTERN.fullmatch(text) is not None


def first_id(at: datetime) -> str:
    """The lowest id that anything born at this moment can have."""
    return f"{str(ULID.from_datetime(at))[:10]}{'0' * 16}"


def born(id: str) -> datetime:
    return ULID.from_str(id).datetime.astimezone(UTC)
