"""Ids are ULIDs minted here: they sort by their time of birth and never come from a client."""

import re
from datetime import datetime

from ulid import ULID

PATTERN = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_id(now: datetime) -> str:
    return str(ULID.from_datetime(now))


def is_id(text: str) -> bool:
    return PATTERN.fullmatch(text) is not None
