"""Orders as staff see them."""

from datetime import timedelta

import pytest

from files.records import File
from imagestore.common import clock
from projects import operations as projects
from projects.orders import operations as orders
from projects.orders.keys import order_row
from projects.orders.records import Order, WantedItem, WantedOrder
from projects.records import Draft
from tests.console.conftest import SignIn
from tests.support.clients import Client
from tests.support.uploads import stored_photos
from tests.support.world import Answer, customer, make_shop


@pytest.fixture
def photos(shop: str) -> list[File]:
    return stored_photos(2, customer())


@pytest.fixture
def browser(sign_in: SignIn) -> Client:
    return sign_in()


def place(photos: list[File], reference: str = "A-1001", who: str = "anna", shop: str = "acme") -> Order:
    used = {f"p{index}": photo.id for index, photo in enumerate(photos)}
    principal, owner, now = customer(who, shop), f"customer:{who}", clock.now()
    project = projects.create(draft=Draft("Iceland", b"{}", used), owner=owner, principal=principal, now=now)
    item = WantedItem(project=project.id, quantity=2, product="book-a4")
    return orders.place(wanted=WantedOrder((item,), reference), owner=owner, principal=principal, now=now)


def text(answer: Answer) -> str:
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def test_its_page_tells_its_state_steps_items_and_leads_to_customer_project_and_photos(
    browser: Client, photos: list[File]
) -> None:
    order = place(photos)
    page = text(browser.get(f"/staff/projects/order/{order.id}/change/"))
    for told in ("placed", "A-1001", order.sha256, "2 × book-a4, project Iceland, version 1", "Timeline"):
        assert told in page, told
    for photo in photos:
        assert f"/staff/files/file/{photo.id}/change/" in page
    assert "/staff/projects/project/" in page
    assert "/staff/files/customer/acme_2Fanna/change/" in page
    held = text(browser.get(f"/staff/files/file/{photos[0].id}/change/"))
    assert f"/staff/projects/order/{order.id}/change/" in held
    assert f"Held by order {order.id}" in held


def test_the_list_is_of_a_shop_newest_first_or_of_a_customer(browser: Client, photos: list[File]) -> None:
    make_shop("other")
    mine, bobs, theirs = place([]), place([], who="bob"), place([], shop="other")
    everything = text(browser.get("/staff/projects/order/?shop=acme"))
    assert everything.index(bobs.id) < everything.index(mine.id)
    assert theirs.id not in everything
    annas = text(browser.get("/staff/projects/order/?shop=acme&customer=anna"))
    assert (mine.id in annas, bobs.id in annas) == (True, False)


def test_an_order_is_found_by_its_id_and_by_the_shops_reference(browser: Client, photos: list[File]) -> None:
    first, second = place([], "A-7"), place([], "A-7")
    found = text(browser.get("/staff/projects/order/?q=A-7"))
    assert (first.id in found, second.id in found) == (True, True)
    assert first.id not in text(browser.get("/staff/projects/order/?q=A-8"))
    page = f"/staff/projects/order/{first.id}/change/"
    assert browser.get(f"/staff/projects/order/?q={first.id}")["Location"] == page
    assert browser.get("/staff/search/", {"text": first.id})["Location"] == page
    everywhere = text(browser.get("/staff/search/", {"text": "A-7"}))
    assert everywhere.count("Order A-7, placed") == 2


def test_an_order_that_was_purged_tells_no_more_of_its_customer(browser: Client, photos: list[File]) -> None:
    order, much_later = place(photos), clock.now() + timedelta(days=731)
    orders.sweep_slice(row_keys=[order_row(order.id)], dry_run=False, now=much_later)
    page = text(browser.get(f"/staff/projects/order/{order.id}/change/"))
    assert "gone" in page
    assert "anna" not in page
    assert "A-1001" not in page
