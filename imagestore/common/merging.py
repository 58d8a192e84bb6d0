"""Two lists too long for memory, compared: each is sorted through temporary files and read once, side by side."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import islice
from typing import IO, NamedTuple

SETTLED = timedelta(hours=24)
"""What is younger may be under way, and is left alone by whoever compares."""
RUN = 100_000
"""Lines that are sorted in memory at a time."""
MOST_RUNS = 64
"""So many files of a size are merged into one, so that few are open however long the list is."""


class Pair(NamedTuple):
    """What both sides say of one key; None where a side does not have it."""

    key: str
    left: str | None
    right: str | None


@contextmanager
def sorted_by_key(entries: Iterable[tuple[str, str]]) -> Iterator[Iterator[tuple[str, str]]]:
    """(key, text) in the order of keys. Neither has a tab or a line break."""
    remaining = iter(entries)
    levels: list[list[IO[str]]] = []
    with ExitStack() as open_files:
        while _read_run(remaining, levels, open_files):
            pass
        yield _entries([run for level in levels for run in level])


def _read_run(entries: Iterator[tuple[str, str]], levels: list[list[IO[str]]], open_files: ExitStack) -> bool:
    """False at the end. A function of its own, so that no lines are kept while the next are read."""
    lines = sorted(f"{key}\t{text}\n" for key, text in islice(entries, RUN))
    if lines:
        _add(levels, lines, open_files)
    return bool(lines)


def _add(levels: list[list[IO[str]]], lines: Iterable[str], open_files: ExitStack, level: int = 0) -> None:
    """A sorted run; enough of a level make one of the next."""
    if level == len(levels):
        levels.append([])
    levels[level].append(_written(lines, open_files))
    if len(levels[level]) == MOST_RUNS:
        runs, levels[level] = levels[level], []
        _add(levels, heapq.merge(*runs), open_files, level + 1)
        for run in runs:
            run.close()


def _written(lines: Iterable[str], open_files: ExitStack) -> IO[str]:
    run = open_files.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))  # noqa: SIM115, the stack closes it
    run.writelines(lines)
    run.seek(0)
    return run


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
