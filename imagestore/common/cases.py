"""Commands that find cases and may repair them: each is told as it is found, and what became of all at the end."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.core.management.base import BaseCommand

C = TypeVar("C")
TOLD_EVERY = 1000
FOUND = "found"


def work_off(
    command: BaseCommand, cases: Iterable[C], words: Callable[[C], str], repair: Callable[[C], str] | None
) -> Counter[str]:
    """Numbers by outcome; without `repair` all are only found. An interruption ends the command with code 130."""
    outcomes = Counter[str]()
    try:
        for number, case in enumerate(cases, start=1):
            outcome = repair(case) if repair else FOUND
            outcomes[outcome] += 1
            command.stdout.write(f"{words(case)} ({outcome})")
            if number % TOLD_EVERY == 0:
                command.stderr.write(f"{number} cases so far")
    except KeyboardInterrupt:
        command.stderr.write("Interrupted. What was repaired is repaired; begin again.")
        raise SystemExit(130) from None
    return outcomes


def in_words(outcomes: Counter[str]) -> str:
    return f"{outcomes.total()} cases{''.join(f', {number} {word}' for word, number in outcomes.items())}"
