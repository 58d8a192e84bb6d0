"""Limits of packages, how long a builder has, and what the sweep does. Pure."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from imagestore.common.retention import Clock, Ending, RetentionPolicy, Subject
from projects.packages.errors import PackageTooLarge, TooManyPackages
from projects.packages.records import Package, PackageState

LARGEST = 500 * 1024**3
"""Bytes of a package, all photos together: in parts of 52 MiB at most, so that a builder's memory stays small."""
MOST_PAGES = 200
MOST_OF_PROJECT = 20
"""Packages of one project at a time: customers pay nothing for them."""
LEASE = timedelta(minutes=10)
"""A builder that tells nothing for so long is dead."""
TOLD_WITHIN = timedelta(minutes=10)
"""A message that nobody took up by then is sent again."""
MOST_TRIES = 5
MOST_UPDATES, LEAST_STEP = 50, 16 * 1024**2
LONGEST_NAME = 80
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Step(StrEnum):
    SEND = "sent"
    PURGE = "purged"
    RE_DATE = "re_dated"
    KEEP = "held"


def check_size(size: int) -> None:
    """Raises PackageTooLarge."""
    if size > LARGEST:
        raise PackageTooLarge(f"The package would have {size} bytes; {LARGEST} are allowed.", limit=LARGEST)


def check_number(packages: int) -> None:
    """Of a project. Raises TooManyPackages."""
    if packages >= MOST_OF_PROJECT:
        raise TooManyPackages(
            f"The project has {packages} packages already. Download one of them, or come again when they are gone.",
            limit=MOST_OF_PROJECT,
        )


def safe_name(name: str) -> str:
    """The same on every system and for ever: plain letters and digits, an ending kept."""
    plain = UNSAFE.sub("_", name).rstrip(".")
    return plain if len(plain) <= LONGEST_NAME else plain[: LONGEST_NAME - 8] + plain[-8:]


def step(size: int) -> int:
    """After how many bytes the row is told: at most 50 times for a package of `size` bytes."""
    return max(LEAST_STEP, -(-size // (MOST_UPDATES - 1)))


def again_after(tries: int) -> timedelta:
    """How long a build rests that failed for so many times."""
    return timedelta(minutes=2**tries)


def ending(package: Package, policy: RetentionPolicy) -> Ending:
    ended = package.ready_at or package.failed_at or package.created_at
    return policy.ending(Subject.LAB_PACKAGE, {Clock.ENTERED: ended})


def next_step(package: Package, policy: RetentionPolicy, now: datetime) -> tuple[Step, datetime]:
    """What is to be done with a due package, and when to look again."""
    if package.state == PackageState.BUILDING:
        leased = package.lease_until
        return (Step.RE_DATE, leased) if leased and leased > now else (Step.SEND, now + TOLD_WITHIN)
    until = ending(package, policy).due_at
    gone = package.state == PackageState.DELETING or until <= now
    return (Step.PURGE if gone else Step.RE_DATE), until
