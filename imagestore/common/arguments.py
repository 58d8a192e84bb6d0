"""Types of command line arguments: what is refused is named with its limit."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import datetime

from imagestore.common import reasons


def words(text: str) -> str:
    """For people to read."""
    if not text.strip():
        raise ArgumentTypeError("say it in words; it is empty")
    return text.strip()


def reason(text: str) -> str:
    """As the staff site asks for it."""
    if not reasons.LEAST <= len(text.strip()) <= reasons.LONGEST:
        raise ArgumentTypeError(reasons.WANTED)
    return text.strip()


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise ArgumentTypeError(f"{text} is no port; one is from 1 to 65535")
    return int(text)


def number(least: int, most: int) -> Callable[[str], int]:
    def within(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ArgumentTypeError(f"{text} is not a number from {least} to {most}")
        return int(text)

    return within


def instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no instant; one is like 2026-11-23T08:30:00Z") from error
    if found.tzinfo is None:
        raise ArgumentTypeError(f"{text} has no offset from UTC; write 2026-11-23T08:30:00Z")
    return found
