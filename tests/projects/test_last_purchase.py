"""Projects that are kept from their customer's last purchase: since when, how it is known, and what it costs; on moto.

Days are counted from when a project was made. Of who bought something it is kept 90 days, of others 60.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from files import operations as files
from imagestore.common import account, clock, principal
from imagestore.common.contracts import SliceReport
from imagestore.common.retention import Explained, Extension
from projects import operations, queries, redating
from projects.operations import purchases
from projects.orders import operations as orders
from projects.orders.records import Event, Order, WantedItem, WantedOrder
from projects.records import Draft, Head, ProjectState
from tests.support.expiring import ANNA, EXPIRING, EXTENDED, Book, change_policy, events, of, open_endpoint
from tests.support.hands import OTTO, WHY
from tests.support.ordering import rows
from tests.support.packages import opened, order_of
from tests.support.visits import guest, logged_in
from tests.support.world import keeping, make_shop, shop_server

HERS, SHOP = "customer:anna", shop_server()


def since_purchase(**changes: Any) -> dict[str, Any]:
    """Of a buyer 90 days, of others 60; what is None is left out."""
    changes = {"warn": None, "extend": None, "extend_by": None} | changes
    (bought,) = of(since="last_purchase", **changes)["rules"]
    (other,) = of(keep="60d", **changes)["rules"]
    return {"rules": [bought, other]}


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy=since_purchase())


@pytest.fixture
def book(now: datetime) -> Book:
    return Book.create(now)


def pay(order: Order, at: datetime) -> Order:
    return orders.report(id=order.id, event=Event.PAID, at=at, principal=SHOP, now=max(at, clock.now()))


def buy(book: Book, day: float) -> Order:
    """An order of Anna's that is paid on that day."""
    return pay(order_of(book.id), book.on(day))


def forget() -> None:
    """As with payments of before anybody noted them."""
    purchases.forget(shop="acme", owner=HERS, before=None)


def told(book: Book) -> Explained:
    return queries.explained(book.head)


def redate(now: datetime, *, dry_run: bool = False) -> SliceReport:
    return redating.redate_slice(shop="acme", customers=["anna"], dry_run=dry_run, now=now)


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
        assert book.day(queries.last_purchase("acme", HERS)) == 40
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
        assert [queries.last_purchase("acme", HERS), book.sweep(60)] == [None, "trashed"]

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


class TestNoted:
    def test_by_a_repeat_of_the_report_that_died_before_it_was(
        self, book: Book, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = order_of(book.id)
        with monkeypatch.context() as dying:
            dying.setattr("projects.operations.purchases.note", _dies)
            with pytest.raises(OSError, match="away"):
                pay(order, book.on(20))
        assert queries.last_purchase("acme", HERS) is None
        pay(order, book.on(25))
        assert book.day(queries.last_purchase("acme", HERS)) == 20

    def test_of_a_guest_at_the_login(self, now: datetime) -> None:
        bought = _order_of_visit(now)
        pay(bought, now)
        assert rows("PURCHASES#") == []
        files.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
        orders.settle_visit(shop="acme", session="V-1", now=now)
        assert queries.last_purchase("acme", HERS) == now

    def test_of_a_guest_who_logged_in_before_the_order_was_handed_over(self, now: datetime) -> None:
        bought = _order_of_visit(now)
        files.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
        pay(bought, now)
        assert queries.last_purchase("acme", HERS) == now

    def test_of_a_guest_before_the_order_changes_hands(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """A repeat would not find it among those of the visit."""
        pay(_order_of_visit(now), now)
        files.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
        monkeypatch.setattr("projects.orders.operations.handing.given_to", _dies)
        with pytest.raises(OSError, match="away"):
            orders.settle_visit(shop="acme", session="V-1", now=now)
        assert queries.last_purchase("acme", HERS) == now

    def test_of_orders_of_before_by_a_run_that_dates_anew(self, book: Book) -> None:
        change_policy(keeping(draft_project="60d"))
        buy(book, 20), buy(book, 10)
        forget()
        change_policy(since_purchase())
        survey = redate(book.on(30), dry_run=True)
        assert (book.due_on, rows("PURCHASES#")) == (60, [])
        done = redate(book.on(30))
        assert (book.due_on, book.day(queries.last_purchase("acme", HERS))) == (110, 20)
        assert survey.counts == done.counts
        assert "later" not in redate(book.on(30)).counts

    def test_once_more_by_that_run_nothing_that_is_known_later(self, book: Book) -> None:
        buy(book, 20)
        purchases.note(shop="acme", owner=HERS, at=book.on(40))
        redate(book.on(50))
        assert (book.due_on, book.day(queries.last_purchase("acme", HERS))) == (130, 40)


class TestOfACustomer:
    def test_is_in_the_export(self, book: Book, tmp_path: Path) -> None:
        buy(book, 20)
        to = tmp_path / "anna.zip"
        call_command("export_customer", "acme", "anna", "--to", str(to), "--reason", WHY)
        found = json.loads(opened(to.read_bytes())["customer.json"])
        assert book.day(found["last_purchase_at"]) == 20

    def test_goes_with_an_erasure(self, book: Book) -> None:
        buy(book, 0)
        erase(book.on(1))
        assert rows("PURCHASES#") == []

    def test_that_is_later_stays_when_an_erasure_is_replayed(self, book: Book) -> None:
        erase(book.on(0))
        purchases.note(shop="acme", owner=HERS, at=book.on(9))
        for _ in operations.replay_erasures(
            since=None, principal=principal.command("tests"), reason=WHY, now=book.on(10), kinds=()
        ):
            pass
        assert book.day(queries.last_purchase("acme", HERS)) == 9


class TestCosts:
    def test_a_payment_writes_one_unit_more(self, book: Book) -> None:
        order = order_of(book.id)
        with account.measure() as work:
            pay(order, book.on(20))
        with account.measure() as again:
            pay(order, book.on(20))
        # The order is read and changed, then its customer's purchase is noted.
        assert (work.dynamodb_requests, again.dynamodb_requests, again.wcu) == (3, 2, 1)

    def test_a_slice_reads_each_customer_once_and_no_others(self, now: datetime) -> None:
        heads = [Book.create(now).head for _ in range(3)]
        purchases.note(shop="acme", owner=HERS, at=now)
        with account.measure() as work:
            self.decide(heads)
        assert (work.dynamodb_requests, work.rcu) == (1, 1)

    def test_shops_whose_rules_do_not_ask_pay_nothing(self, book: Book) -> None:
        change_policy(of())
        book.sweep(10)
        with account.measure() as work:
            self.decide([book.head])
            queries.policy_for("acme", HERS)
        # The head alone.
        assert work.dynamodb_requests == 1

    def test_visits_and_the_trash_are_not_asked_about(self, book: Book) -> None:
        operations.trash(id=book.id, principal=ANNA, now=book.on(1))
        head = book.head
        with account.measure() as work:
            self.decide([head])
            queries.policy_for("acme", "session:V-1")
        assert (head.state, work.dynamodb_requests) == (ProjectState.TRASHED, 0)

    def decide(self, heads: list[Head]) -> None:
        policies = queries.Policies(heads)
        for head in heads:
            policies.of(head)


def erase(now: datetime) -> None:
    operations.erase_owner(shop="acme", owner=HERS, principal=principal.command("tests"), reason=WHY, now=now)


def _order_of_visit(now: datetime) -> Order:
    visitor = guest()
    files.open_session(customer=None, principal=visitor, now=now)
    saved = operations.create(draft=Draft("Iceland", b"{}", {}), owner="session:V-1", principal=visitor, now=now)
    wanted = WantedOrder((WantedItem(project=saved.id),), "")
    return orders.place(wanted=wanted, owner="session:V-1", principal=visitor, now=now)


def _dies(*_: Any, **__: Any) -> None:
    raise OSError("storage is away")
