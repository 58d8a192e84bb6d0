"""Leafing through a list that is spread over partitions, there and back."""

from dataclasses import dataclass
from itertools import chain

import pytest
from pynamodb.attributes import UnicodeAttribute

from imagestore.common import account, browse, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.rows import Item

NAMES = [f"{number:03d}" for number in range(95)]
PARTITIONS = ["A", "B", "C", "D"]


class Leafed(Item):
    name = UnicodeAttribute()


@dataclass(frozen=True, slots=True)
class Named:
    name: str


@pytest.fixture(autouse=True)
def _rows(moto_aws: None) -> None:
    rows = [
        Leafed(f"ROW#{name}", "ROW", name=name, attention_key=PARTITIONS[number % 4], attention_sort=name)
        for number, name in enumerate(NAMES)
    ]
    table.put_batch(rows)


def leaf(descending: bool = True, **window: str) -> Leaf[Named]:
    return browse.leaf(
        Leafed,
        Named,
        "by_attention",
        PARTITIONS,
        Window(limit=10, **window),
        descending=descending,
    )


def names(page: Leaf[Named]) -> list[str]:
    return [row.name for row in page.items]


@pytest.mark.parametrize("descending", [True, False])
def test_every_row_is_met_once_forward_and_back(descending: bool) -> None:
    page, there = leaf(descending), []
    assert not page.more_before
    while True:
        there.append(names(page))
        if not page.more_after:
            break
        page = leaf(descending, after=page.last)
        assert page.more_before
    assert list(chain(*there)) == sorted(NAMES, reverse=descending)
    back = [names(page)]
    while page.more_before:
        page = leaf(descending, before=page.first)
        assert page.more_after
        back.append(names(page))
    assert back == there[::-1]


def test_a_page_costs_a_query_for_each_partition_and_one_batch_read() -> None:
    with account.measure() as work:
        leaf(after="050")
    assert work.requests == {"dynamodb:Query": 4, "dynamodb:BatchGetItem": 1}


def test_a_place_that_has_gone_is_still_a_place() -> None:
    assert names(leaf(after="0505"))[0] == "050"


def test_behind_the_last_row_there_is_nothing() -> None:
    page = leaf(after="000")
    assert (page.items, page.more_before, page.more_after) == ([], True, False)
