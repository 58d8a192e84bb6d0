"""Types of command line arguments: what is refused is named with its limit."""

from argparse import ArgumentTypeError


def words(text: str) -> str:
    """For people to read, like a reason in the audit log."""
    if not text.strip():
        raise ArgumentTypeError("say it in words; it is empty")
    return text.strip()


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise ArgumentTypeError(f"{text} is no port; one is from 1 to 65535")
    return int(text)
