"""Running counts of what customers use, compared with what their files are charged with.

Both are read once and sorted through temporary files. Neither is read at one moment: who seems to differ is counted
again, exactly, before it is told, and set right by the rules of every recount.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from files.models import FileRow, OwnerRow
from files.operations import recounting
from files.operations.recounting import Outcome
from files.records import File, Usage
from imagestore.common import table
from imagestore.common.merging import sorted_by_key

WRONG_USAGE = "wrong-usage"
CHARGE, COUNT = "charge", "count"


@dataclass(frozen=True, slots=True)
class WrongUsage:
    """Of a customer. `told`: what was found, in words."""

    shop: str
    owner: str
    told: str
    fault: str = WRONG_USAGE


@dataclass(slots=True)
class Owners:
    """How many customers were compared, and how many were busy and left alone."""

    owners: int = 0
    busy: int = 0


@dataclass(frozen=True, slots=True)
class _Running:
    shop: str
    owner: str
    used_files: int
    used_bytes: int


def compare_usage(now: datetime, seen: Owners) -> Iterator[WrongUsage]:
    """Cases by customer, as they are found; `seen` counts along."""
    with sorted_by_key(_entries()) as entries:
        for key, group in groupby(entries, key=itemgetter(0)):
            running, charged = _summed(text.split(" ") for _, text in group)
            if running is None:
                continue
            seen.owners += 1
            if running != charged:
                shop, _, owner = key.partition(" ")
                yield from _looked_again(shop, owner, now, seen)


def repair_usage(case: WrongUsage, now: datetime) -> str:
    """`noted` first: what is the same two minutes later is set right by a repeat."""
    outcome = recounting.recount(shop=case.shop, owner=case.owner, now=now).outcome
    words = {Outcome.CORRECTED: "repaired", Outcome.RIGHT: "passed", Outcome.UNKNOWN: "passed"}
    return words.get(outcome, str(outcome))


def _entries() -> Iterator[tuple[str, str]]:
    for file in table.scan(FileRow, File, "FILE#", "FILE"):
        if file.charged is not None:
            yield f"{file.shop} {file.owner}", f"{CHARGE} 1 {file.charged}"
    for row in table.scan(OwnerRow, _Running, "OWNER#", "OWNER"):
        yield f"{row.shop} {row.owner}", f"{COUNT} {row.used_files} {row.used_bytes}"


def _summed(entries: Iterator[list[str]]) -> tuple[Usage | None, Usage]:
    """The running count, None of a visit, which has it on another row; and the sum of the charges."""
    running, files, size = None, 0, 0
    for kind, number, bytes_ in entries:
        if kind == COUNT:
            running = Usage(int(number), int(bytes_))
        else:
            files, size = files + int(number), size + int(bytes_)
    return running, Usage(files, size)


def _looked_again(shop: str, owner: str, now: datetime, seen: Owners) -> Iterator[WrongUsage]:
    found = recounting.look(shop=shop, owner=owner, now=now)
    seen.busy += found.outcome == Outcome.BUSY
    if found.outcome == Outcome.DIFFERENT:
        before, exact = found.before, found.exact
        told = f"It counts {before.used_files} files and {before.used_bytes} bytes; they are {exact.used_files} files "
        yield WrongUsage(shop, owner, f"{told}and {exact.used_bytes} bytes.")
