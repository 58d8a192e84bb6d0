"""Commands that find cases and may repair them: each is told as it is found, and what became of all at the end."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson
from django.core.management.base import BaseCommand, CommandParser

from imagestore.common.inventory import Inventory, inventory
from imagestore.common.merging import SETTLED

C = TypeVar("C", bound=Any)
TOLD_EVERY = 1000
MOST_SCRUBBED = 100_000
"""Originals that are drawn at random: they are kept in memory."""
FOUND = "found"


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--repair", action="store_true", help="looks at each case again, and sets it right")
    parser.add_argument("--json", action="store_true", help="tells each case as a line of JSON, all else on stderr")


def add_of_bucket(parser: CommandParser) -> None:
    """Of what compares the bucket, and leaves the young alone."""
    at_rest = "nothing else is at work, as in what was just restored: what is younger than a day is judged too"
    parser.add_argument("--at-rest", action="store_true", help=at_rest)
    parser.add_argument(
        "--inventory", metavar="MANIFEST", help="reads this S3 Inventory (s3://… or a path) instead of a listing"
    )


def listed_in(manifest: str | None) -> Inventory | None:
    """Raises what `inventory` raises."""
    return inventory(manifest) if manifest else None


def judged_at(now: datetime, at_rest: bool) -> datetime:
    """By then everything that there is has settled, if nothing is at work."""
    return now + SETTLED + timedelta(seconds=1) if at_rest else now


def work_off(
    command: BaseCommand,
    cases: Iterable[C],
    words: Callable[[C], str],
    repair: Callable[[C], str] | None,
    *,
    as_json: bool = False,
) -> Counter[str]:
    """Numbers by outcome; without `repair` all are only found. An interruption ends the command with code 130.

    Cases are dataclasses: as JSON each is told with all its fields and its `outcome`.
    """
    outcomes = Counter[str]()
    try:
        for number, case in enumerate(cases, start=1):
            outcome = repair(case) if repair else FOUND
            outcomes[outcome] += 1
            told = (
                orjson.dumps({**asdict(case), "outcome": outcome}).decode() if as_json else f"{words(case)} ({outcome})"
            )
            command.stdout.write(told)
            if number % TOLD_EVERY == 0:
                command.stderr.write(f"{number} cases so far")
    except KeyboardInterrupt:
        command.stderr.write("Interrupted. What was repaired is repaired; begin again.")
        raise SystemExit(130) from None
    return outcomes


def close(command: BaseCommand, text: str, *, as_json: bool) -> None:
    """The closing line."""
    (command.stderr if as_json else command.stdout).write(text)


def in_words(outcomes: Counter[str]) -> str:
    return f"{outcomes.total()} cases{''.join(f', {number} {word}' for word, number in sorted(outcomes.items()))}"
