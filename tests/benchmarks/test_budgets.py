"""What operations cost on the local AWS stays within the design's budgets."""

import pytest

from benchmarks import budgets
from tests.support.ministack import LocalAws

SMALL = budgets.Sizes(registered=30, confirmed=4, listed=8, photos=101, added=3, due=3)


@pytest.fixture
def lines(real_aws: LocalAws) -> list[budgets.Line]:
    return budgets.measure(SMALL)


def test_operations_stay_within_their_budgets(lines: list[budgets.Line]) -> None:
    assert [line for line in lines if not line.ok] == []
