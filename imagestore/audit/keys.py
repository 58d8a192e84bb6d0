"""Where audit rows live, one function per access pattern."""

from datetime import datetime

from imagestore.common.rows import Key

ENTRY_PREFIX = "ENTRY#"
RECENT = "AUDIT"
"""The partition of `by_attention` that lists all entries: the chain lets no more in than one partition takes."""


def day(day: str) -> str:
    """The partition of one day's chain, read in order."""
    return f"AUDIT#{day}"


def head(of_day: str) -> Key:
    return Key(day(of_day), "HEAD")


def entry(of_day: str, number: int) -> Key:
    return Key(day(of_day), f"{ENTRY_PREFIX}{number:09d}")


def history(subject: str) -> str:
    """The partition of `by_owner` that lists what happened to a subject."""
    return f"AUDIT#{subject}"


def history_sort(at: datetime, number: int) -> str:
    return f"{at.isoformat(timespec='milliseconds')}#{number:09d}"
