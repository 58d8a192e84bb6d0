"""A comparison in constant memory: ten times the files and objects take no more of it."""

import gc
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from files import keys, operations
from files.operations.reconciling import Seen
from files.records import File, FileState
from imagestore.common import ids, merging, objects, table
from imagestore.common.objects import Listed

KIBIBYTE = 1024


def made(number: int, now: datetime) -> Iterator[File]:
    """Files as a scan brings them, in no order and none of them kept."""
    for _ in range(number):
        yield File(ids.new_id(now), "acme", FileState.STORED, 5, now, "customer:anna", stored_at=now, due_sort="later")


def peak(number: int, now: datetime, monkeypatch: pytest.MonkeyPatch) -> int:
    """Bytes at most, of a comparison of so many files with as many objects."""

    def scan(*_: Any) -> Iterator[File]:
        for file in made(number, now):
            names.write(f"{file.id}\n")
            yield file

    def listing() -> Iterator[Listed]:
        names.seek(0)
        for line in names:
            yield Listed(keys.object_key("acme", line.rstrip()), 5, now, ("1",))

    monkeypatch.setattr(table, "scan", scan)
    monkeypatch.setattr(objects, "listing", listing)
    with tempfile.TemporaryFile("w+") as names:
        gc.collect()
        tracemalloc.start()
        try:
            seen = Seen()
            assert list(operations.compare(now + timedelta(days=2), seen)) == []
            assert (seen.rows, seen.objects) == (number, number)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize(
    ("few", "many", "run"),
    [(500, 5_000, 100), pytest.param(5_000, 50_000, 1_000, marks=pytest.mark.proof)],
)
def test_ten_times_the_entries_take_no_more_memory(
    few: int, many: int, run: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "RUN", run)
    monkeypatch.setattr(merging, "MOST_RUNS", 4)
    peak(few, now, monkeypatch)
    of_few, of_many = peak(few, now, monkeypatch), peak(many, now, monkeypatch)
    sys.stdout.write(f"{few} files: {of_few / KIBIBYTE:.0f} KiB at most; {many}: {of_many / KIBIBYTE:.0f} KiB\n")
    # What the open files are read through; the entries themselves would take ten times as much.
    assert of_many < of_few + 512 * KIBIBYTE
