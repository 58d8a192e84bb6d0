"""What a shop is told of its customers' projects, as they save and share them: in order, and at no cost for others."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from imagestore.common import account
from imagestore.webhooks import operations as webhooks
from tests.support.ministack import LocalAws
from tests.support.receiver import HANG_UP, Receiver
from tests.support.uploads import stored_photos
from tests.support.webhooks import Clock, open_endpoint
from tests.support.work import deliver
from tests.support.world import Api, Sent, customer, make_shop


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def anna(api: Callable[..., Api]) -> Api:
    return api()


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch, sent: list[Sent]) -> Clock:
    return Clock(monkeypatch, sent)


class Book:
    def __init__(self, who: Api, title: str = "1") -> None:
        self.who = who
        created = who("POST", "/projects", {"document": {"title": title}})
        self.id, self.tag = created.json()["id"], created["ETag"]

    def save(self, title: str, **more: Any) -> None:
        body = {"document": {"title": title}} | more
        self.tag = self.who("PUT", f"/projects/{self.id}", body, If_Match=self.tag)["ETag"]


def told(receiver: Receiver, project: str) -> list[Any]:
    return [event.get("version", event.get("mode")) for event in receiver.told if event["project_id"] == project]


def test_saves_and_shares_arrive_in_order_for_each_project_after_three_missed_deliveries(
    receiver: Receiver, sent: list[Sent], hands: Clock, anna: Api
) -> None:
    open_endpoint(receiver)
    receiver.acts = [500, HANG_UP, 503]
    one, other = Book(anna), Book(anna)
    photo = stored_photos(1, customer())[0].id
    for book in (one, other):
        hands.tick()
        book.save("2", files={"a": photo})
        hands.tick()
        anna("POST", f"/projects/{book.id}/shares", {"mode": "view"})
        hands.tick()
        book.save("3")
    deliver(sent)
    for wait in (5, 300, 1_800, 7_200):
        hands.forward(timedelta(seconds=wait))
    assert told(receiver, one.id) == [1, 2, "view", 3]
    assert told(receiver, other.id) == [1, 2, "view", 3]


def test_a_save_whose_message_was_lost_is_told_by_the_sweep(
    receiver: Receiver, sent: list[Sent], hands: Clock, anna: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process died between the save and the message."""
    open_endpoint(receiver)
    with monkeypatch.context() as dying:
        dying.setattr(webhooks, "send", lambda announced: None)
        book = Book(anna)
    sent.clear()
    hands.forward(timedelta(minutes=2))
    assert told(receiver, book.id) == [1]


def test_a_refused_save_tells_nothing_and_an_unchanged_one_neither(
    receiver: Receiver, sent: list[Sent], anna: Api
) -> None:
    open_endpoint(receiver)
    book = Book(anna)
    stale = book.tag
    book.save("2")
    book.save("2")
    assert anna("PUT", f"/projects/{book.id}", {"document": {"title": "x"}}, If_Match=stale).status_code == 412
    deliver(sent)
    assert told(receiver, book.id) == [1, 2]


def test_a_shop_without_an_endpoint_pays_nothing(receiver: Receiver, sent: list[Sent], anna: Api) -> None:
    book = Book(anna)
    with account.measure() as plain:
        book.save("2")
    open_endpoint(receiver)
    book.save("3")
    with account.measure() as paying:
        book.save("4")
    assert (plain.dynamodb_requests, plain.wcu) == (2, 2)
    assert paying.dynamodb_requests == 2
    assert sent != []
