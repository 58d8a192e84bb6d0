"""Lists that are too long for memory: sorted through files of any number, and read side by side."""

import random
import tempfile
from typing import Any

import pytest

from imagestore.common import merging
from imagestore.common.merging import Pair, side_by_side, sorted_by_key


@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 99, 1_000])
def test_any_number_of_entries_comes_out_sorted_and_whole(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "RUN", 10)
    monkeypatch.setattr(merging, "MOST_RUNS", 3)
    entries = [(f"{index:04d}", f"text {index}") for index in range(number)]
    mixed = random.sample(entries, number)
    with sorted_by_key(mixed) as found:
        assert list(found) == entries


def test_few_files_are_open_however_many_entries_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "RUN", 10)
    monkeypatch.setattr(merging, "MOST_RUNS", 4)
    opened, most, make = list[Any](), 0, tempfile.TemporaryFile

    def counted(*args: Any, **options: Any) -> Any:
        nonlocal most
        opened.append(make(*args, **options))
        most = max(most, sum(not file.closed for file in opened))
        return opened[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", counted)
    with sorted_by_key((str(index), "") for index in range(3_000)) as found:
        assert sum(1 for _ in found) == 3_000
    assert len(opened) > 300
    assert most <= 4 * 6
    assert all(file.closed for file in opened)


def test_both_sides_are_told_by_key() -> None:
    left, right = iter([("a", "1"), ("c", "3")]), iter([("b", "2"), ("c", "4")])
    assert list(side_by_side(left, right)) == [Pair("a", "1", None), Pair("b", None, "2"), Pair("c", "3", "4")]
