"""What operations cost on the local AWS stays within the design's budgets."""

import pytest

from benchmarks import book, budgets, ordering, world
from tests.support.ministack import LocalAws

SMALL = budgets.Sizes(registered=30, confirmed=4, listed=8, photos=101, added=3, due=3)


@pytest.fixture
def lines(real_aws: LocalAws) -> list[budgets.Line]:
    return budgets.measure(SMALL) + ordering.measure(SMALL.photos)


def test_operations_stay_within_their_budgets(lines: list[budgets.Line]) -> None:
    assert [line for line in lines if not line.ok] == []


def test_a_book_that_is_edited_for_long_costs_a_fraction_of_a_link_table(real_aws: LocalAws) -> None:
    world.open_shop()
    edited = book.edit(book.BookSizes(pages=12, photos=40, saves=12))
    assert [one for one in edited.saves if not one.ours.ok] == []
    assert (edited.ours.wcu or 0) < (edited.naive.wcu or 0) / 2
    assert edited.ours.dynamodb < edited.naive.dynamodb * 2
