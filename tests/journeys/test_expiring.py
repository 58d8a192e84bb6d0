"""A project from its last save to the trash, at a shop that warns: its customer hears of it in time and may keep it.

The demo shop's days are hours.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from scheduler import queries as runs
from tests.support.clients import Client
from tests.support.expiring import EXPIRING, EXTENDED, of
from tests.support.receiver import Receiver
from tests.support.webhooks import Clock, open_endpoint
from tests.support.work import deliver
from tests.support.world import Answer, Api, Sent, make_shop, token

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
POLICY = of(keep="90h", warn=["14h", "3h"], extend_by="90h")
PAGE = {"Accept": "text/html"}


def follow(address: str, headers: dict[str, str] | None = None) -> Answer:
    """As a form without fields is sent."""
    return Client().post(address, "", content_type="application/x-www-form-urlencoded", headers=headers or {})


class Book:
    """What its customer sees of it. `passed`: how much of its time is over."""

    def __init__(self, hands: Clock) -> None:
        self.hands, self.passed = hands, timedelta()
        created = self.anna("POST", "/projects", {"name": "Iceland", "document": {}}).json()
        self.id: str = created["id"]
        self.born = datetime.fromisoformat(created["saved_at"])

    def anna(self, method: str, path: str, body: object = None, **who: Any) -> Answer:
        """With a token of the moment."""
        return Api(token(**who))(method, path, body)

    def until(self, hour: int) -> None:
        """A sweep comes by at that hour."""
        further = hour * HOUR + SECOND - self.passed
        self.passed += further
        self.hands.forward(further)
        deliver(self.hands.sent)

    @property
    def state(self) -> str:
        return str(self.anna("GET", f"/projects/{self.id}").json()["state"])

    @property
    def retention(self) -> dict[str, Any]:
        found: dict[str, Any] = self.anna("GET", f"/projects/{self.id}/retention").json()
        return found

    def hour(self, moment: str | None) -> int | None:
        return round((datetime.fromisoformat(moment) - self.born) / HOUR) if moment else None


@pytest.fixture
def shop(moto_aws: None, receiver: Receiver) -> Receiver:
    make_shop(policy=POLICY, demo=True)
    open_endpoint(receiver, EXPIRING, EXTENDED)
    return receiver


@pytest.fixture
def book(shop: Receiver, monkeypatch: pytest.MonkeyPatch, sent: list[Sent]) -> Book:
    return Book(Clock(monkeypatch, sent))


def link(shop: Receiver) -> str:
    """The address in the last mail."""
    return "/extend/" + str(shop.told[-1]["extend_url"]).rpartition("/extend/")[2]


def test_a_customer_follows_the_link_and_is_warned_again_before_it_goes(book: Book, shop: Receiver) -> None:
    book.until(75)
    assert shop.taken == []
    book.until(76)
    assert runs.recent_runs(limit=1).items[0].counts["warned"] == 1
    (warning,) = shop.told
    assert (warning["project_id"], warning["owner"], warning["before"]) == (book.id, "customer:anna", "14h")
    assert book.hour(warning["ends_at"]) == 90

    address = link(shop)
    page = Client().get(address, headers=PAGE)
    assert (page.status_code, "Keep it until" in page.content.decode()) == (200, True)
    done = follow(address, PAGE)
    assert (done.status_code, done["Location"]) == (303, address)
    assert "Nothing needs to be done" in Client().get(done["Location"], headers=PAGE).content.decode()
    deliver(book.hands.sent)
    assert [event.type for event in shop.taken] == [EXPIRING, EXTENDED]
    assert book.hour(shop.told[-1]["ends_at"]) == 180

    for hour, state in ((90, "active"), (166, "active"), (177, "active"), (179, "active"), (180, "trashed")):
        book.until(hour)
        assert book.state == state, hour
    assert [event.type for event in shop.taken] == [EXPIRING, EXTENDED, EXPIRING, EXPIRING]
    assert [event.get("extend_url") for event in shop.told[2:]] == [None, None]


def test_the_shops_own_page_asks_in_the_customers_name(book: Book, shop: Receiver) -> None:
    book.until(76)
    path = f"/projects/{book.id}/extend"
    assert book.hour(book.anna("POST", path).json()["ends_at"]) == 180
    again = book.anna("POST", path)
    assert (again.status_code, again.json()["code"], book.hour(again.json()["ends_at"])) == (
        409, "project-extended", 180,
    )  # fmt: skip
    assert book.anna("POST", path, customer=None).json()["code"] == "project-extended"


def test_what_comes_is_told_and_comes_so(book: Book, shop: Receiver) -> None:
    told = book.retention
    assert [book.hour(told[name]) for name in ("at", "warns_at", "warned_at")] == [90, 76, None]
    assert "Its customer may extend it once, by 90h." in told["because"]
    book.until(76)
    told = book.retention
    assert [book.hour(told[name]) for name in ("at", "warns_at", "warned_at")] == [90, 87, 76]
    book.until(87)
    assert [book.hour(book.retention[name]) for name in ("at", "warns_at", "warned_at")] == [90, None, 87]
    book.anna("POST", f"/projects/{book.id}/extend")
    told = book.retention
    names = ("at", "extended_until", "warns_at", "warned_at")
    assert [book.hour(told[name]) for name in names] == [180, 180, 166, None]
    out = StringIO()
    call_command("explain", book.id, stdout=out)
    assert "It was extended until" in out.getvalue()
    assert "Its customer is warned on" in out.getvalue()


def test_nothing_happens_to_it_while_nobody_can_be_warned(book: Book, shop: Receiver) -> None:
    server = Api(token(customer=None, scopes=["shop:admin"]))
    (endpoint,) = server("GET", "/webhooks").json()["items"]
    server("PATCH", f"/webhooks/{endpoint['id']}", {"enabled": False})
    book.until(76)
    assert runs.recent_runs(limit=1).items[0].counts["unwarned"] == 1
    told = book.retention
    assert (told["next"], told["at"]) == (None, None)
    assert any("no endpoint of the shop wants project.expiring" in sentence for sentence in told["because"])


class TestTheLink:
    @pytest.fixture
    def address(self, book: Book, shop: Receiver) -> str:
        book.until(76)
        return link(shop)

    def test_is_the_same_for_programs(self, book: Book, address: str) -> None:
        looked = Client().get(address)
        assert (looked.json()["name"], book.hour(looked.json()["extends_to"])) == ("Iceland", 180)
        assert (looked["Cache-Control"], looked["Referrer-Policy"]) == ("no-store", "no-referrer")
        for _ in range(2):
            done = follow(address)
            assert (done.status_code, done.json()["id"], book.hour(done.json()["ends_at"])) == (200, book.id, 180)
        assert Client().get(address).json()["extends_to"] is None

    def test_is_read_by_pages_of_its_shop_alone(self, address: str) -> None:
        make_shop("other")
        for origin, told in (("https://acme.example", "https://acme.example"), ("https://other.example", None)):
            assert Client().get(address, headers={"Origin": origin}).get("Access-Control-Allow-Origin") == told

    def test_that_is_none_is_told_so(self, address: str) -> None:
        for refused in (Client().get(address + "x"), follow(address + "x")):
            assert (refused.status_code, refused.json()["code"]) == (404, "extension-not-found")
        page = Client().get(address + "x", headers=PAGE)
        assert (page.status_code, "run out" in page.content.decode()) == (404, True)
        assert follow(address + "x", PAGE).status_code == 303

    def test_takes_no_parameters(self, address: str) -> None:
        assert follow(f"{address}?until=2099-01-01").status_code == 422

    def test_page_shows_only_what_comes_from_here(self, address: str) -> None:
        page = Client().get(address, headers=PAGE)
        assert "default-src 'self'" in page["Content-Security-Policy"]
        assert "<script" not in page.content.decode()


def test_a_name_is_text_on_the_page(book: Book, shop: Receiver, api: Callable[..., Api]) -> None:
    head = book.anna("GET", f"/projects/{book.id}")
    body = {"name": "<b>Iceland</b>", "document": {}}
    Api(token())("PUT", f"/projects/{book.id}", body, If_Match=head["ETag"])
    book.until(76)
    assert "&lt;b&gt;Iceland" in Client().get(link(shop), headers=PAGE).content.decode()
