"""Two lists too long for memory, compared: each is sorted through temporary files and read once, side by side."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import NamedTuple

RUN = 100_000
"""Lines that are sorted in memory at a time."""


class Pair(NamedTuple):
    """What both sides say of one key; None where a side does not have it."""

    key: str
    left: str | None
    right: str | None


@contextmanager
def sorted_by_key(entries: Iterable[tuple[str, str]]) -> Iterator[Iterator[tuple[str, str]]]:
    """(key, text) in the order of keys. Neither has a tab or a line break."""
    remaining = iter(entries)
    with ExitStack() as open_files:
        runs = []
        while lines := sorted(f"{key}\t{text}\n" for key, text in islice(remaining, RUN)):
            run = open_files.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
            run.writelines(lines)
            run.seek(0)
            runs.append(run)
        yield _entries(runs)


def _entries(runs: Iterable[Iterable[str]]) -> Iterator[tuple[str, str]]:
    for line in heapq.merge(*runs):
        key, _, text = line.rstrip("\n").partition("\t")
        yield key, text


def side_by_side(left: Iterator[tuple[str, str]], right: Iterator[tuple[str, str]]) -> Iterator[Pair]:
    """Every key of either side once. Both sides are sorted, and name no key twice."""
    one, other = next(left, None), next(right, None)
    while one or other:
        key = min(entry[0] for entry in (one, other) if entry)
        mine, theirs = (entry[1] if entry and entry[0] == key else None for entry in (one, other))
        yield Pair(key, mine, theirs)
        one = next(left, None) if mine is not None else one
        other = next(right, None) if theirs is not None else other
