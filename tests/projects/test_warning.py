"""A shop is told before a customer's project goes: each milestone once, and nothing goes without it."""

from datetime import datetime

import pytest
from django.conf import settings

from imagestore.common import account, aws, capacity, principal, switches, transaction
from imagestore.common.retention import RetentionPolicy
from imagestore.webhooks import operations as webhooks
from projects import keys, operations, redating
from projects.operations import removing
from projects.records import Head, ProjectState
from tests.support.expiring import ANNA, EXPIRING, EXTENDED, Book, change_policy, events, of, open_endpoint
from tests.support.hands import WHY
from tests.support.world import keeping, make_shop, shop_server


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy=of())


@pytest.fixture
def shop() -> str:
    return open_endpoint(EXPIRING, EXTENDED)


@pytest.fixture
def book(shop: str, now: datetime) -> Book:
    return Book.create(now)


def test_it_is_due_when_its_customer_is_to_be_warned_and_told_twice_before_it_goes(book: Book, shop: str) -> None:
    assert (book.due_on, book.day(book.head.purge_after)) == (76, 90)
    assert [book.sweep(76), book.sweep(87)] == ["warned", "warned"]
    assert [(event["before"], book.day(event["ends_at"])) for event in events(shop)] == [("14d", 90), ("3d", 90)]
    assert book.due_on == 90
    assert book.sweep(90) == "trashed"
    assert len(events(shop)) == 2


def test_an_event_tells_what_a_mail_needs(book: Book, shop: str) -> None:
    book.sweep(76)
    (event,) = events(shop)
    link = event.pop("extend_url")
    assert "/extend/ey" in link
    ends_at = event.pop("ends_at")
    assert ends_at.endswith("Z")
    assert event == {
        "type": EXPIRING,
        "project_id": book.id,
        "owner": "customer:anna",
        "action": "trash",
        "before": "14d",
    }


def test_nobody_is_warned_twice_or_early(book: Book, shop: str) -> None:
    assert book.sweep(75.9) == "re_dated"
    assert events(shop) == []
    book.sweep(76)
    assert [book.sweep(day) for day in (76, 80, 86.9)] == ["re_dated"] * 3
    assert len(events(shop)) == 1


def test_a_sweep_that_comes_after_all_milestones_warns_once_and_waits_as_long_as_the_last_one_says(
    book: Book, shop: str
) -> None:
    assert book.sweep(95) == "warned"
    (event,) = events(shop)
    assert (event["before"], book.day(event["ends_at"])) == ("3d", 98)
    assert [book.sweep(97.9), book.sweep(98)] == ["re_dated", "trashed"]


def test_a_dry_run_tells_the_same_and_touches_nothing(book: Book, shop: str) -> None:
    before = book.head
    assert book.sweep(76, dry_run=True) == "warned"
    assert (book.head, events(shop)) == (before, [])
    assert book.sweep(76) == "warned"


def test_nobody_is_warned_while_deletion_is_paused(book: Book, shop: str) -> None:
    transaction.commit([switches.pause_deletion(True)])
    assert book.sweep(76) == "skipped"
    assert events(shop) == []


class TestNobodyToTell:
    def test_it_stays_and_is_looked_at_each_day_until_somebody_wants_to_be_told(self, now: datetime) -> None:
        book = Book.create(now)
        assert [book.sweep(76, dry_run=True), book.sweep(76)] == ["unwarned", "unwarned"]
        assert book.due_on == 77
        assert [book.sweep(120), book.head.state] == ["unwarned", ProjectState.ACTIVE]
        shop = open_endpoint(EXPIRING)
        assert book.sweep(121) == "warned"
        (event,) = events(shop)
        assert book.day(event["ends_at"]) == 124
        assert [book.sweep(123), book.sweep(124)] == ["re_dated", "trashed"]

    def test_who_wants_other_events_is_not_told(self, now: datetime) -> None:
        open_endpoint("project.saved")
        assert Book.create(now).sweep(76) == "unwarned"

    def test_a_disabled_endpoint_is_none(self, book: Book, shop: str, now: datetime) -> None:
        webhooks.disable(id=shop, principal=principal.command("tests"), reason=WHY, now=now)
        assert book.sweep(76) == "unwarned"

    def test_who_was_warned_of_all_may_lose_it(self, book: Book, shop: str, now: datetime) -> None:
        book.sweep(76), book.sweep(87)
        webhooks.remove(id=shop, principal=shop_server(), now=now)
        assert book.sweep(90) == "trashed"


class TestPolicies:
    """That of the moment decides; what was told holds."""

    def test_that_begins_to_warn(self, shop: str, now: datetime) -> None:
        change_policy(keeping(draft_project="90d"))
        book = Book.create(now)
        change_policy(of())
        assert book.sweep(90) == "warned"
        (event,) = events(shop)
        assert (event["before"], book.day(event["ends_at"])) == ("3d", 93)
        assert book.sweep(93) == "trashed"

    def test_that_begins_to_warn_does_so_in_time_once_it_is_carried_to_what_is_there(
        self, shop: str, now: datetime
    ) -> None:
        change_policy(keeping(draft_project="90d"))
        book = Book.create(now)
        change_policy(of(since=None, extend=None, extend_by=None))
        assert redating.redate_slice(shop="acme", customers=["anna"], dry_run=False, now=book.on(5)).failures == []
        assert (book.due_on, book.day(book.head.purge_after)) == (76, 90)

    def test_that_ceases_to_warn(self, book: Book, shop: str) -> None:
        change_policy(of(warn=None))
        assert [book.sweep(76), book.due_on, book.sweep(90)] == ["re_dated", 90, "trashed"]
        assert events(shop) == []

    def test_that_keeps_longer_takes_the_warning_back(self, book: Book, shop: str) -> None:
        book.sweep(76)
        change_policy(of(keep="365d"))
        assert [book.sweep(87), book.due_on] == ["re_dated", 351]
        told = events(shop)[-1]
        assert (told["type"], book.day(told["ends_at"])) == (EXTENDED, 365)
        assert book.sweep(351) == "warned"

    def test_that_keeps_for_ever_takes_it_back_too(self, book: Book, shop: str) -> None:
        book.sweep(76)
        change_policy(of(keep="for ever", warn=None))
        book.sweep(87)
        told = events(shop)[-1]
        assert (told["type"], told["ends_at"]) == (EXTENDED, None)

    @pytest.mark.parametrize("warned", [False, True])
    def test_that_keeps_shorter_takes_nothing_that_was_promised(self, book: Book, shop: str, warned: bool) -> None:
        if warned:
            book.sweep(76)
        change_policy(of(keep="60d"))
        assert [book.sweep(86.9), book.sweep(87), book.sweep(89.9), book.sweep(90)] == (
            ["re_dated" if warned else "warned", "warned", "re_dated", "trashed"]
        )
        assert {book.day(event["ends_at"]) for event in events(shop)} == {90}


class TestSaving:
    def test_begins_all_milestones_again_where_the_rule_says_so(self, shop: str, now: datetime) -> None:
        change_policy(of(since="saved"))
        book = Book.create(now)
        book.sweep(76)
        book.save(80)
        told = events(shop)[-1]
        assert (told["type"], book.day(told["ends_at"])) == (EXTENDED, 170)
        assert (book.head.warned, book.due_on) == (None, 156)
        assert [book.sweep(day) for day in (90, 156, 167, 170)] == ["re_dated", "warned", "warned", "trashed"]
        assert [event["type"] for event in events(shop)] == [EXPIRING, EXTENDED, EXPIRING, EXPIRING]

    def test_prolongs_nothing_where_the_rule_counts_from_the_creation(self, book: Book, shop: str) -> None:
        book.sweep(76)
        book.save(80)
        assert book.head.warned is not None
        assert [book.sweep(87), book.sweep(90)] == ["warned", "trashed"]
        assert [event["type"] for event in events(shop)] == [EXPIRING, EXPIRING]

    def test_that_joins_an_event_of_its_own_takes_the_warning_back_too(self, now: datetime) -> None:
        change_policy(of(since="saved"))
        shop = open_endpoint()
        book = Book.create(now)
        book.sweep(76)
        book.save(80)
        assert [event["type"] for event in events(shop)][-2:] == ["project.saved", EXTENDED]

    def test_without_a_warning_tells_nothing(self, book: Book, shop: str) -> None:
        change_policy(of(since="saved"))
        book.save(20)
        assert events(shop) == []

    def test_costs_nothing_more(self, book: Book) -> None:
        with account.measure() as work:
            book.save(20)
        assert (work.dynamodb_requests, work.wcu) == (2, 2)


class TestCosts:
    def test_a_warning_is_one_transaction(self, book: Book) -> None:
        with account.measure() as work:
            book.sweep(76)
        # The switch, the head, its customer's holds; the head with its entry in by_due and the outbox's row with two,
        # in one transaction.
        assert (work.dynamodb_requests, work.wcu) == (4, 8)

    def test_the_head_stays_under_a_kilobyte(self, shop: str, now: datetime) -> None:
        change_policy(of(since="saved", extend=["customer", "touch"]))
        book = Book.create(now)
        operations.load(id=book.id, principal=ANNA, now=book.on(2))
        operations.extend(id=book.id, principal=ANNA, now=book.on(3))
        assert [book.sweep(92), book.sweep(168)] == ["re_dated", "warned"]
        key = keys.head_row(book.id)
        row = aws.dynamodb().get_item(
            TableName=settings.IMAGESTORE_TABLE, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}
        )["Item"]
        assert {"accessed_at", "extended_at", "extended_until", "warned_at", "warned_until"} < row.keys()
        assert capacity.item_size(row) < 700


def test_who_restores_it_is_warned_anew(book: Book, shop: str) -> None:
    book.sweep(76)
    operations.trash(id=book.id, principal=ANNA, now=book.on(80))
    operations.restore(id=book.id, principal=ANNA, now=book.on(85))
    assert (book.head.warned, book.due_on, book.day(book.head.purge_after)) == (None, 161, 175)
    assert [event["type"] for event in events(shop)] == [EXPIRING]


def test_whoever_gets_it_by_a_move_is_warned_before_it_goes(book: Book, shop: str) -> None:
    book.sweep(76), book.sweep(87)
    operations.move(id=book.id, customer="bob", principal=principal.staff("o", "operator"), reason=WHY, now=book.on(88))
    assert book.sweep(90) == "warned"
    assert [(event["owner"], book.day(event["ends_at"])) for event in events(shop)][-1] == ("customer:bob", 93)


class TestOpening:
    """Where a rule counts from when a project was opened, and only there, it is noted: once a day."""

    @pytest.fixture
    def opened(self, shop: str, now: datetime) -> Book:
        change_policy(of(since="saved", extend=["touch"], extend_by=None))
        return Book.create(now)

    def open(self, book: Book, day: float) -> int:
        """How much it writes."""
        with account.measure() as work:
            operations.load(id=book.id, principal=ANNA, now=book.on(day))
        return int(work.wcu)

    def test_begins_its_time_again(self, opened: Book, shop: str) -> None:
        opened.sweep(76)
        self.open(opened, 80)
        told = events(shop)[-1]
        assert (told["type"], opened.day(told["ends_at"])) == (EXTENDED, 170)
        assert [opened.sweep(90), opened.sweep(156)] == ["re_dated", "warned"]

    def test_is_noted_once_a_day(self, opened: Book) -> None:
        assert [self.open(opened, day) for day in (0.5, 1, 1.2, 1.9, 2)] == [0, 1, 0, 0, 1]
        assert opened.day(opened.head.accessed_at) == 2

    def test_writes_nothing_for_a_shop_that_does_not_ask(self, book: Book) -> None:
        assert self.open(book, 50) == 0
        assert book.head.accessed_at is None

    def test_may_be_all_that_a_rule_counts_from(self, shop: str, now: datetime) -> None:
        change_policy(of(since="accessed", keep="60d", warn=None, extend=None, extend_by=None))
        book = Book.create(now)
        self.open(book, 30)
        assert [book.sweep(60), book.due_on, book.sweep(90)] == ["re_dated", 90, "trashed"]

    def test_while_the_sweep_is_about_to_trash_it_keeps_it(
        self, shop: str, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        change_policy(of(since="accessed", keep="60d", warn=None, extend=None, extend_by=None))
        book = Book.create(now)
        trash = removing.trash_by_rule

        def opened_meanwhile(head: Head, policy: RetentionPolicy, at: datetime) -> bool:
            self.open(book, 60)
            return trash(head, policy, at)

        monkeypatch.setattr("projects.operations.removing.trash_by_rule", opened_meanwhile)
        assert [book.sweep(60), book.head.state] == ["skipped", ProjectState.ACTIVE]
