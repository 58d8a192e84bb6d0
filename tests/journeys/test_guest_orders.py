"""Carts and orders of a visit: a guest puts and orders before the login; whose it is the visit's own row decides."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from files import operations as files
from files.errors import SessionClosed
from files.records import File
from imagestore.common import clock
from projects.carts import operations as carts
from projects.carts.operations import putting
from projects.carts.records import Line
from projects.orders import operations as orders
from projects.orders import queries
from projects.orders.operations import placing
from projects.orders.records import WantedItem, WantedOrder
from tests.support.ministack import LocalAws
from tests.support.ordering import deliver, design, kinds_of_holders, order, project, put, sweep
from tests.support.uploads import stored_photos
from tests.support.visits import guest, logged_in
from tests.support.world import Api, Sent, make_shop

Caller = Callable[..., Api]
GUEST, ANNA = guest(), logged_in()
VISIT, HERS = "session:V-1", "customer:anna"
A_DAY = timedelta(hours=24)


@pytest.fixture(autouse=True)
def _visit(real_aws: LocalAws) -> None:
    make_shop()
    files.open_session(customer=None, principal=GUEST, now=clock.now())


@pytest.fixture
def photos() -> list[File]:
    return stored_photos(2, GUEST)


@pytest.fixture
def visitor(api: Caller) -> Api:
    return api(customer=None, session="V-1")


@pytest.fixture
def anna(api: Caller) -> Api:
    return api(customer="anna")


def claim() -> None:
    files.claim(id="V-1", customer="anna", principal=ANNA, now=clock.now())


def test_after_the_login_all_of_it_is_the_customers(
    visitor: Api, anna: Api, photos: list[File], sent: list[Sent]
) -> None:
    id = project(visitor, photos)
    assert put(visitor, "line-1", id).status_code == 201
    made = order(visitor, {"cart_item": "line-1"}).json()
    assert (made["state"], made["customer"]) == ("placed", None)
    claim()
    deliver(sent)
    assert [item["id"] for item in anna("GET", "/cart-items").json()["items"]] == ["line-1"]
    assert anna("GET", "/cart-items/line-1").json()["document"] == design(photos)["document"]
    (theirs,) = anna("GET", "/orders").json()["items"]
    assert (theirs["id"], theirs["customer"]) == (made["id"], "anna")
    for path in ("/cart-items", "/orders"):
        assert visitor("GET", path).json()["items"] == []
    assert visitor("GET", f"/orders/{made['id']}").status_code == 404
    assert kinds_of_holders(photos) == {"project": 2, "cart": 2, "order": 2}


def test_a_message_that_was_lost_costs_delay_alone(
    visitor: Api, anna: Api, photos: list[File], sent: list[Sent]
) -> None:
    put(visitor, "line-1", project(visitor, photos))
    order(visitor, {"cart_item": "line-1"})
    claim()
    sent.clear()
    assert sweep(clock.now() + timedelta(hours=25)) == {"handed_over": 2}
    assert len(anna("GET", "/cart-items").json()["items"]) == len(anna("GET", "/orders").json()["items"]) == 1
    assert sweep(clock.now() + timedelta(days=29)) == {"re_dated": 1}
    assert sweep(clock.now() + timedelta(days=31)) == {"expired": 1}


def test_right_after_the_login_a_line_is_found_before_it_is_handed_over(
    visitor: Api, api: Caller, photos: list[File]
) -> None:
    put(visitor, "line-1", project(visitor, photos))
    claim()
    same_visit = api(customer="anna", session="V-1")
    assert same_visit("GET", "/cart-items/line-1").status_code == 200
    assert same_visit("POST", "/cart-items/line-1/touch").status_code == 200
    assert order(same_visit, {"cart_item": "line-1"}).status_code == 201
    assert api(customer="eve", session="V-1")("GET", "/cart-items/line-1").status_code == 404
    assert same_visit("DELETE", "/cart-items/line-1").status_code == 204


@pytest.mark.parametrize("later", ["visitor", "anna"])
def test_of_two_lines_with_one_id_the_one_that_was_put_last_stays(
    visitor: Api, anna: Api, sent: list[Sent], later: str
) -> None:
    puts = {"visitor": (visitor, "Of the visit"), "anna": (anna, "Of Anna")}
    for who in sorted(puts, key=lambda who: who == later):
        api, title = puts[who]
        owner = GUEST if who == "visitor" else ANNA
        (photo,) = stored_photos(1, owner, first=40 if who == later else 30)
        put(api, "line-1", project(api, [photo], title))
    claim()
    deliver(sent)
    deliver(sent)
    assert anna("GET", "/cart-items/line-1").json()["name"] == puts[later][1]
    assert visitor("GET", "/cart-items").json()["items"] == []
    assert sweep(clock.now() + timedelta(minutes=1)) == {}


def test_after_a_logout_a_cart_goes_and_an_order_stays(
    visitor: Api, api: Caller, photos: list[File], sent: list[Sent]
) -> None:
    id = project(visitor, photos)
    put(visitor, "line-1", id)
    made = order(visitor, {"project": id}).json()
    files.end(id="V-1", principal=GUEST, now=clock.now())
    deliver(sent)
    assert sweep(clock.now() + timedelta(seconds=2)) == {"released": 1}
    assert kinds_of_holders(photos) == {"project": 2, "order": 2}
    assert sweep(clock.now() + timedelta(hours=25)) == {"re_dated": 1}
    assert sweep(clock.now() + timedelta(days=700)) == {}
    assert api(customer=None)("GET", f"/orders/{made['id']}").json()["state"] == "placed"


def test_a_logout_whose_message_was_lost_ends_the_cart_a_day_later(
    visitor: Api, photos: list[File], sent: list[Sent]
) -> None:
    put(visitor, "line-1", project(visitor, photos))
    files.end(id="V-1", principal=GUEST, now=clock.now())
    sent.clear()
    assert sweep(clock.now() + timedelta(hours=25))["expired"] == 1
    assert kinds_of_holders(photos) == {"project": 2}


def test_an_order_that_is_placed_while_the_login_comes_is_the_customers(
    visitor: Api, photos: list[File], sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    id, became = project(visitor, photos), placing._became

    def meanwhile(*args: Any) -> bool:
        monkeypatch.setattr(placing, "_became", became)
        claim()
        deliver(sent)
        return became(*args)

    monkeypatch.setattr(placing, "_became", meanwhile)
    wanted = WantedOrder((WantedItem(project=id),))
    made = orders.place(wanted=wanted, owner=VISIT, principal=GUEST, now=clock.now())
    assert (made.owner, made.state) == (HERS, "placed")
    found = queries.find_order(made.id)
    assert (found.owner, found.state, found.revision) == (HERS, "placed", 1) if found else False
    assert [one.id for one in queries.orders_of_owner(
        principal=ANNA, owner=HERS, states=(), cursor=None, limit=9
    )[0]] == [made.id]  # fmt: skip


def test_a_put_that_meets_the_login_is_the_customers(
    visitor: Api, anna: Api, photos: list[File], sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    id, move = project(visitor, photos), putting._move

    def meanwhile(*args: Any) -> Any:
        claim()
        deliver(sent)
        return move(*args)

    monkeypatch.setattr(putting, "_move", meanwhile)
    made = carts.put(id="line-1", line=Line(id), owner=VISIT, principal=GUEST, now=clock.now())
    assert made.item.owner == HERS
    assert anna("GET", "/cart-items/line-1").status_code == 200
    assert sweep(clock.now() + timedelta(hours=3)) == {}


def test_without_an_open_visit_nothing_is_put_or_ordered(visitor: Api, photos: list[File]) -> None:
    id = project(visitor, photos)
    files.end(id="V-1", principal=GUEST, now=clock.now())
    with pytest.raises(SessionClosed):
        carts.put(id="line-1", line=Line(id), owner=VISIT, principal=GUEST, now=clock.now())
    wanted = WantedOrder((WantedItem(project=id),))
    with pytest.raises(SessionClosed):
        orders.place(wanted=wanted, owner=VISIT, principal=GUEST, now=clock.now())
    assert kinds_of_holders(photos) == {"project": 2}
    assert sweep(clock.now() + A_DAY) == {}
