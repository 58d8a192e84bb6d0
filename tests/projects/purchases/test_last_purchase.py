"""Projects that are kept from their customer's last purchase: since when, and what is told of it; on moto.

Days are counted from when a project was made. Of who bought something it is kept 90 days, of others 60.
"""

from datetime import datetime
from typing import Any

import pytest

from imagestore.common.retention import Explained, Extension
from imagestore.purchases import operations as purchases
from imagestore.purchases import queries as purchased
from projects import operations, queries
from projects.orders import operations as orders
from tests.support.expiring import ANNA, EXPIRING, EXTENDED, Book, change_policy, events, open_endpoint
from tests.support.hands import OTTO, WHY
from tests.support.packages import order_of
from tests.support.purchases import HERS, buy, since_purchase


def told(book: Book) -> Explained:
    return queries.explained(book.head)


class TestKept:
    def test_of_who_bought_nothing_as_another_rule_says(self, book: Book) -> None:
        assert (book.due_on, book.day(told(book).at)) == (60, 60)
        assert [book.sweep(59.9), book.sweep(60)] == ["re_dated", "trashed"]

    def test_by_the_default_where_the_shop_has_no_other(self, now: datetime) -> None:
        (bought, _) = since_purchase()["rules"]
        change_policy({"rules": [bought]})
        assert Book.create(now).due_on == 365

    def test_of_who_buys_from_then_on(self, book: Book) -> None:
        buy(book, 20)
        assert book.due_on == 60
        assert [book.sweep(60, dry_run=True), book.sweep(60), book.due_on] == ["re_dated", "re_dated", 110]
        assert [book.sweep(109.9), book.sweep(110)] == ["re_dated", "trashed"]

    def test_from_the_last_of_several_purchases_whenever_they_are_told(self, book: Book) -> None:
        for day in (20, 40, 30):
            buy(book, day)
        assert book.day(purchased.last_purchase("acme", HERS)) == 40
        assert [book.sweep(60), book.due_on] == ["re_dated", 130]

    def test_from_its_creation_if_that_is_later(self, book: Book) -> None:
        buy(book, 5)
        newer = Book.create(book.on(50))
        assert (newer.due_on, book.day(told(newer).at)) == (90, 140)

    def test_from_when_it_was_restored_if_that_is_later(self, book: Book) -> None:
        buy(book, 5)
        operations.trash(id=book.id, principal=ANNA, now=book.on(30))
        operations.restore(id=book.id, principal=ANNA, now=book.on(40))
        assert book.due_on == 130

    def test_not_from_an_order_that_is_only_placed(self, book: Book) -> None:
        order_of(book.id)
        assert [purchased.last_purchase("acme", HERS), book.sweep(60)] == [None, "trashed"]

    def test_also_if_the_order_is_cancelled_later(self, book: Book) -> None:
        orders.cancel(id=buy(book, 20).id, principal=ANNA, now=book.on(21))
        assert book.sweep(60) == "re_dated"

    def test_no_shorter_than_it_was_dated_where_buyers_have_less_time(self, now: datetime) -> None:
        rules = since_purchase()["rules"]
        change_policy({"rules": [rules[0] | {"keep": "10d"}, rules[1]]})
        book = Book.create(now)
        buy(book, 20)
        assert [book.sweep(59.9), book.due_on, book.sweep(60)] == ["re_dated", 60, "trashed"]

    def test_for_another_customer_by_what_that_one_bought(self, book: Book) -> None:
        buy(book, 20)
        operations.move(id=book.id, customer="bob", principal=OTTO, reason=WHY, now=book.on(21))
        assert [book.day(told(book).at), book.sweep(60)] == [60, "trashed"]
        newer = Book.create(book.born)
        purchases.note(shop="acme", owner="customer:bob", at=book.on(30))
        operations.move(id=newer.id, customer="bob", principal=OTTO, reason=WHY, now=book.on(31))
        assert [newer.day(told(newer).at), newer.sweep(60), newer.due_on] == [120, "re_dated", 120]


class TestTold:
    def test_at_once_when_and_by_which_rule_it_goes(self, book: Book) -> None:
        buy(book, 20)
        found = told(book)
        assert (book.day(found.at), found.rule and found.rule.since) == (110, "last_purchase")
        assert found.because[0].startswith("By the shop's own rule, draft_project is kept 90d from last_purchase: ")

    def test_in_lists_and_to_who_loads_it(self, book: Book, api: Any) -> None:
        buy(book, 20)
        anna = api()
        (listed,) = anna("GET", "/projects").json()["items"]
        loaded = anna("GET", f"/projects/{book.id}").json()
        assert {book.day(shown["trash_on"]) for shown in (listed, loaded)} == {110}
        assert book.day(anna("GET", f"/projects/{book.id}/retention").json()["at"]) == 110


class TestWarnings:
    """14 and 3 days before."""

    @pytest.fixture
    def shop(self) -> str:
        change_policy(since_purchase(warn=["14d", "3d"], extend=["customer"], extend_by="90d"))
        return open_endpoint(EXPIRING, EXTENDED)

    def test_are_sent_from_the_purchase(self, shop: str, now: datetime) -> None:
        book = Book.create(now)
        buy(book, 20)
        assert [book.sweep(46), book.due_on, events(shop)] == ["re_dated", 96, []]
        assert [book.sweep(96), book.sweep(107), book.sweep(110)] == ["warned", "warned", "trashed"]
        assert [book.day(event["ends_at"]) for event in events(shop)] == [110, 110]

    def test_are_taken_back_when_the_sweep_comes_after_a_purchase(self, shop: str, now: datetime) -> None:
        book = Book.create(now)
        assert book.sweep(46) == "warned"
        buy(book, 50)
        assert (told(book).warned_at, book.day(told(book).at), len(events(shop))) == (None, 140, 1)
        assert [book.sweep(57, dry_run=True), book.sweep(57), book.due_on] == ["re_dated", "re_dated", 126]
        last = events(shop)[-1]
        assert (last["type"], book.day(last["ends_at"]), book.head.warned) == (EXTENDED, 140, None)
        assert book.sweep(126) == "warned"

    def test_link_to_nothing_more_to_do_after_a_purchase(self, shop: str, now: datetime) -> None:
        book = Book.create(now)
        book.sweep(46)
        (event,) = events(shop)
        buy(book, 50)
        link = queries.extension_link(event["extend_url"].rpartition("/")[2], book.on(51))
        assert (book.day(link.ends_at), link.extends_to) == (140, None)

    def test_leave_one_extension_after_each_purchase(self, shop: str, now: datetime) -> None:
        book = Book.create(now)
        assert book.day(operations.extend(id=book.id, principal=ANNA, now=book.on(1)).ends_at) == 150
        assert not queries.may_extend(book.head, Extension.CUSTOMER)
        buy(book, 20)
        assert queries.may_extend(book.head, Extension.CUSTOMER)

    def test_stand_after_a_save_that_prolongs_nothing_for_who_bought(self, shop: str, now: datetime) -> None:
        """By the rule of those who bought nothing it would be kept longer, and the warning taken back."""
        rules = since_purchase(warn=["14d"], extend=None)["rules"]
        change_policy({"rules": [rules[0], rules[1] | {"keep": "900d"}]})
        purchases.note(shop="acme", owner=HERS, at=now)
        book = Book.create(now)
        assert [book.due_on, book.sweep(76)] == [76, "warned"]
        book.save(80)
        assert [book.head.warned is None, book.sweep(90)] == [False, "trashed"]
