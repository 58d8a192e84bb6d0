"""A customer's last purchase: when it is noted, exported and forgotten, and what that costs; on moto."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from files import operations as files
from imagestore.common import account, principal
from imagestore.common.contracts import SliceReport
from imagestore.purchases import operations as purchases
from imagestore.purchases import queries as purchased
from projects import operations, queries, redating
from projects.orders import operations as orders
from projects.orders.records import Order, WantedItem, WantedOrder
from projects.records import Draft, Head, ProjectState
from tests.support.expiring import ANNA, Book, change_policy, of
from tests.support.hands import WHY
from tests.support.ordering import rows
from tests.support.packages import opened, order_of
from tests.support.purchases import HERS, buy, pay, since_purchase
from tests.support.visits import guest, logged_in
from tests.support.world import keeping


def forget() -> None:
    """As with payments of before anybody noted them."""
    purchases.forget(shop="acme", owner=HERS, before=None)


def redate(now: datetime, *, dry_run: bool = False) -> SliceReport:
    return redating.redate_slice(shop="acme", customers=["anna"], dry_run=dry_run, now=now)


class TestNoted:
    def test_by_a_repeat_of_the_report_that_died_before_it_was(
        self, book: Book, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = order_of(book.id)
        with monkeypatch.context() as dying:
            dying.setattr("projects.operations.purchases.note", _dies)
            with pytest.raises(OSError, match="away"):
                pay(order, book.on(20))
        assert purchased.last_purchase("acme", HERS) is None
        pay(order, book.on(25))
        assert book.day(purchased.last_purchase("acme", HERS)) == 20

    def test_of_a_guest_at_the_login(self, now: datetime) -> None:
        bought = _order_of_visit(now)
        pay(bought, now)
        assert rows("PURCHASES#") == []
        files.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
        orders.settle_visit(shop="acme", session="V-1", now=now)
        assert purchased.last_purchase("acme", HERS) == now

    def test_of_a_guest_who_logged_in_before_the_order_was_handed_over(self, now: datetime) -> None:
        bought = _order_of_visit(now)
        files.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
        pay(bought, now)
        assert purchased.last_purchase("acme", HERS) == now

    def test_of_a_guest_before_the_order_changes_hands(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """A repeat would not find it among those of the visit."""
        pay(_order_of_visit(now), now)
        files.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
        monkeypatch.setattr("projects.orders.operations.handing.given_to", _dies)
        with pytest.raises(OSError, match="away"):
            orders.settle_visit(shop="acme", session="V-1", now=now)
        assert purchased.last_purchase("acme", HERS) == now

    def test_of_orders_of_before_by_a_run_that_dates_anew(self, book: Book) -> None:
        change_policy(keeping(draft_project="60d"))
        buy(book, 20), buy(book, 10)
        forget()
        change_policy(since_purchase())
        survey = redate(book.on(30), dry_run=True)
        assert (book.due_on, book.day(purchased.last_purchase("acme", HERS))) == (60, 20)
        done = redate(book.on(30))
        assert (book.due_on, book.day(purchased.last_purchase("acme", HERS))) == (110, 20)
        assert survey.counts == done.counts
        assert "later" not in redate(book.on(30)).counts

    def test_once_more_by_that_run_nothing_that_is_known_later(self, book: Book) -> None:
        buy(book, 20)
        purchases.note(shop="acme", owner=HERS, at=book.on(40))
        redate(book.on(50))
        assert (book.due_on, book.day(purchased.last_purchase("acme", HERS))) == (130, 40)


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
        assert book.day(purchased.last_purchase("acme", HERS)) == 9


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
        policies = purchased.Policies(map(queries.thing_of, heads))
        for head in heads:
            policies.of(queries.thing_of(head))


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
