"""Unused photos that are kept from their customer's last purchase: since when, what is told of it and what it costs; on
moto.

Days are counted from when a photo was stored. Of who bought something it is kept 90 days, of others 60; one that is let
go 90 days from then on or from a later purchase, else 20.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from files import keys, operations, queries, rules
from files.records import File
from imagestore.common import account
from imagestore.common.account import Work
from imagestore.common.contracts import SliceReport
from imagestore.common.retention import Explained, Subject
from imagestore.identity import queries as shops
from imagestore.purchases import operations as purchases
from imagestore.purchases.queries import Policies
from imagestore.purchases.records import Thing
from tests.support import decoding
from tests.support.expiring import change_policy
from tests.support.uploads import stored_photos
from tests.support.visits import guest, logged_in
from tests.support.world import customer, keeping, make_shop

ANNA, HERS, DAY = customer(), "customer:anna", timedelta(days=1)
OTHERS = {"unused_file": "60d", "released_file": "20d"}


def since_purchase(*subjects: str, keep: str = "90d") -> dict[str, Any]:
    """The policy; of purchases only these subjects know."""
    bought = [{"subject": subject, "since": "last_purchase", "keep": keep} for subject in subjects or OTHERS]
    return {"rules": [*bought, *keeping(**OTHERS)["rules"]]}


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy=since_purchase())


@dataclass
class Picture:
    """A photo of Anna's."""

    file: File

    @property
    def row(self) -> File:
        return queries.files_by_id([self.file.id], consistent=True)[self.file.id]

    @property
    def dated(self) -> float | None:
        return self.day(self.row.purge_after)

    @property
    def told(self) -> Explained:
        return queries.explained(self.row)

    @property
    def told_day(self) -> float | None:
        return self.day(self.told.at)

    def on(self, day: float) -> datetime:
        return self.born + day * DAY

    def day(self, moment: datetime | None) -> float | None:
        return round((moment - self.born) / DAY, 3) if moment else None

    @property
    def born(self) -> datetime:
        assert self.file.stored_at
        return self.file.stored_at

    def buy(self, day: float) -> None:
        purchases.note(shop="acme", owner=HERS, at=self.on(day))

    def sweep(self, day: float, *, dry_run: bool = False) -> str:
        """The word for what was done."""
        # Whole seconds of the index are rounded up.
        (word,) = decoding.sweep(self.row, self.on(day) + timedelta(seconds=1), dry_run=dry_run)
        return word


@pytest.fixture
def picture() -> Picture:
    return Picture(*stored_photos(1, ANNA))


class TestKept:
    def test_of_who_bought_nothing_as_another_rule_says(self, picture: Picture) -> None:
        assert (picture.dated, picture.told_day) == (60, 60)
        assert [picture.sweep(59.9), picture.sweep(60)] == ["re_dated", "trashed"]

    def test_by_the_default_where_the_shop_has_no_other(self) -> None:
        change_policy({"rules": since_purchase("unused_file")["rules"][:1]})
        assert Picture(*stored_photos(1, ANNA)).dated == 90

    def test_of_who_buys_from_then_on(self, picture: Picture) -> None:
        picture.buy(20)
        assert picture.dated == 60
        assert [picture.sweep(60, dry_run=True), picture.sweep(60), picture.dated] == ["re_dated", "re_dated", 110]
        assert [picture.sweep(109.9), picture.sweep(110)] == ["re_dated", "trashed"]

    def test_from_its_storing_if_that_is_later(self, picture: Picture) -> None:
        picture.buy(-900)
        assert [picture.told_day, picture.sweep(60), picture.dated] == [90, "re_dated", 90]

    def test_no_shorter_than_it_was_dated_where_buyers_have_less_time(self) -> None:
        change_policy(since_purchase(keep="10d"))
        picture = Picture(*stored_photos(1, ANNA))
        picture.buy(20)
        assert [picture.told_day, picture.sweep(59.9), picture.dated, picture.sweep(60)] == [
            60,
            "re_dated",
            60,
            "trashed",
        ]

    def test_for_ever_only_of_who_bought(self) -> None:
        change_policy(since_purchase(keep="for ever"))
        hers, bens = Picture(*stored_photos(1, ANNA)), Picture(*stored_photos(1, customer("ben"), first=1))
        hers.buy(20)
        assert [hers.dated, bens.dated, hers.told.at, bens.told_day] == [60, 60, None, 60]
        assert [hers.sweep(60), hers.sweep(9000), bens.sweep(60)] == ["re_dated", "re_dated", "trashed"]

    def test_when_a_login_claimed_it(self, now: datetime) -> None:
        operations.open_session(customer=None, principal=guest(), now=now)
        picture = Picture(*stored_photos(1, guest()))
        operations.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
        picture.buy(20)
        assert [picture.told_day, picture.sweep(60), picture.dated] == [110, "re_dated", 110]


class TestLetGo:
    """On day 30 the last that used it let go."""

    @pytest.fixture
    def released(self, picture: Picture) -> Picture:
        decoding.hold(picture.file)
        decoding.release(picture.row, picture.on(30))
        return picture

    def test_of_who_bought_nothing_it_goes_as_another_rule_says(self, released: Picture) -> None:
        assert (released.dated, released.told_day) == (50, 50)
        assert [released.sweep(49.9), released.sweep(50)] == ["re_dated", "trashed"]

    @pytest.mark.parametrize(("bought", "ends"), [(-900, 120), (10, 120), (45, 135)])
    def test_it_is_kept_from_then_or_from_a_later_purchase(self, released: Picture, bought: int, ends: int) -> None:
        released.buy(bought)
        assert [released.told_day, released.sweep(50), released.dated] == [ends, "re_dated", ends]
        assert released.sweep(ends) == "trashed"


class TestArchived:
    def test_from_the_last_purchase_and_a_later_one_brings_nothing_back(self) -> None:
        rules = [rule | {"then": "archive"} for rule in since_purchase("unused_file")["rules"][:2]]
        change_policy({"rules": rules})
        picture = Picture(*stored_photos(1, ANNA))
        picture.buy(20)
        assert [picture.sweep(60), picture.sweep(110)] == ["re_dated", "archived"]
        picture.buy(130)
        assert (picture.told.next, picture.told.at) == (None, None)
        assert [picture.sweep(300), picture.row.state] == ["re_dated", "stored"]


class TestTold:
    def test_at_once_when_and_by_which_rule_it_goes(self, picture: Picture, api: Any) -> None:
        picture.buy(20)
        found = picture.told
        assert (picture.told_day, found.rule and found.rule.since) == (110, "last_purchase")
        assert found.because[0].startswith("By the shop's own rule, unused_file is kept 90d from last_purchase: ")
        shape = api()("GET", f"/files/{picture.file.id}/retention").json()
        assert picture.day(datetime.fromisoformat(shape["at"])) == 110


class TestDatedAnew:
    def redate(self, picture: Picture, *, dry_run: bool = False) -> SliceReport:
        return operations.redate_slice(shop="acme", customers=["anna", "ben"], dry_run=dry_run, now=picture.on(1))

    def test_from_the_purchase(self, picture: Picture) -> None:
        picture.buy(0)
        bens = Picture(*stored_photos(1, customer("ben"), first=1))
        change_policy(since_purchase(keep="200d"))
        assert self.redate(picture, dry_run=True).counts == {"later": 1, "unchanged": 1}
        assert self.redate(picture).counts == {"later": 1, "unchanged": 1}
        assert [picture.dated, bens.dated] == [200, 60]

    def test_it_is_not_when_a_purchase_has_put_it_off(self, picture: Picture) -> None:
        picture.buy(20)
        picture.sweep(60)
        assert (self.redate(picture).counts, picture.dated) == ({"unchanged": 1}, 110)

    def test_customers_are_read_at_once_and_only_where_a_rule_asks(self, picture: Picture) -> None:
        costs = list[Work]()
        for policy in (since_purchase(), keeping(**OTHERS)):
            change_policy(policy)
            with account.measure() as work:
                self.redate(picture)
            costs.append(work)
        asking, others = costs
        assert asking.dynamodb_requests == others.dynamodb_requests + 1


class TestCosts:
    """As a shop without such a rule, but for one batch read for each 100 customers."""

    def measured(self, files: list[File], at: datetime) -> Work:
        with account.measure() as work:
            row_keys = [keys.file_row(file.id) for file in files]
            report = operations.sweep_slice(row_keys=row_keys, dry_run=False, now=at)
        assert report.failures == []
        return work

    def test_a_slice_reads_its_customers_at_once(self, now: datetime) -> None:
        costs = list[Work]()
        for policy in (since_purchase(), since_purchase("released_file"), keeping(**OTHERS)):
            change_policy(policy)
            files = [*stored_photos(2, ANNA), *stored_photos(1, customer("ben"), first=2)]
            costs.append(self.measured(files, now + 50 * DAY))
        asking, of_others, none = costs
        assert asking.requests["dynamodb:BatchGetItem"] == none.requests["dynamodb:BatchGetItem"] + 1 == 2
        assert asking.dynamodb_requests == none.dynamodb_requests + 1
        assert of_others.requests == none.requests

    @pytest.mark.parametrize(("customers", "reads"), [(1, 1), (100, 1), (101, 2)])
    def test_of_a_hundred_customers_one_read_tells(self, customers: int, reads: int) -> None:
        things = [Thing("acme", f"customer:{number % customers}", Subject.UNUSED_FILE) for number in range(300)]
        assert self.decided(things).requests == {"dynamodb:BatchGetItem": reads}

    def test_what_is_a_visits_or_is_not_stored_is_not_asked_about(self, now: datetime) -> None:
        operations.open_session(customer=None, principal=guest(), now=now)
        (hers,), (guests,) = stored_photos(1, ANNA), stored_photos(1, guest(), first=1)
        trashed = operations.trash(id=hers.id, principal=ANNA, now=now)
        assert self.decided([rules.thing_of(file) for file in (trashed, guests)]).requests == {}

    def decided(self, things: list[Thing]) -> Work:
        policies = Policies(things)
        # A process reads each shop once a minute.
        shops.known_shop("acme")
        with account.measure() as work:
            for thing in things:
                policies.of(thing)
        return work
