"""Splitting, and doing side by side."""

from threading import Barrier

import pytest

from imagestore.common import batches


def test_chunks_hold_everything_once_in_order() -> None:
    assert list(batches.chunks(iter(range(7)), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches.chunks([], 3)) == []


def test_results_come_in_the_order_of_the_items() -> None:
    assert batches.in_parallel(lambda number: number * 2, range(100)) == list(range(0, 200, 2))
    assert batches.in_parallel(str, [1]) == ["1"]
    assert batches.in_parallel(str, []) == []


def test_they_really_run_side_by_side() -> None:
    met = Barrier(batches.PARALLEL)
    assert len(batches.in_parallel(lambda _: met.wait(timeout=20), range(batches.PARALLEL))) == batches.PARALLEL


def test_the_first_error_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        batches.in_parallel(lambda number: 1 // number, [1, 0, 2])
