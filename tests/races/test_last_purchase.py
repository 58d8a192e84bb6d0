"""The races of purchases on the local AWS: the latest is known in the end, and a project that it keeps stays."""

from datetime import datetime
from functools import partial

import pytest

from imagestore.purchases import operations as purchases
from imagestore.purchases import queries as purchased
from tests.support.expiring import EXPIRING, EXTENDED, Book, events, of, open_endpoint
from tests.support.ministack import LocalAws
from tests.support.races import later, together
from tests.support.world import make_shop

HERS = "customer:anna"


@pytest.fixture(autouse=True)
def shop(real_aws: LocalAws) -> str:
    make_shop(policy=of(since="last_purchase"))
    return open_endpoint(EXPIRING, EXTENDED)


def buy(book: Book, day: float, owner: str = HERS) -> None:
    purchases.note(shop="acme", owner=owner, at=book.on(day))


def test_of_many_payments_at_once_the_latest_stays(now: datetime, rounds: int) -> None:
    book = Book.create(now)
    for turn in range(rounds):
        owner, days = f"customer:{turn}", [3, 1, 4, 1, 5]
        noted = together(*(later(turn % 3 * n, partial(buy, book, day, owner)) for n, day in enumerate(days)))
        assert noted == [None] * len(days)
        assert book.day(purchased.last_purchase("acme", owner)) == 5


def test_a_purchase_against_a_warning_prevents_it_or_has_it_taken_back(shop: str, now: datetime, rounds: int) -> None:
    for turn in range(rounds):
        purchases.forget(shop="acme", owner=HERS, before=None)
        purchases.note(shop="acme", owner=HERS, at=now)
        book = Book.create(now)
        word, _ = together(later(turn % 4, partial(book.sweep, 76)), partial(buy, book, 60))
        assert (book.sweep(87), book.due_on, book.head.warned) == ("re_dated", 136, None)
        told = [event["type"] for event in events(shop) if event["project_id"] == book.id]
        assert told == {"warned": [EXPIRING, EXTENDED], "re_dated": []}[word]
