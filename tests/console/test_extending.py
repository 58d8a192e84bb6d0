"""A project is kept longer on its page, where what becomes of it is told."""

import pytest

from imagestore.common import clock
from tests.console.conftest import SignIn
from tests.support.expiring import EXPIRING, Book, change_policy, of, open_endpoint
from tests.support.hands import WHY


@pytest.fixture
def book(shop: str) -> Book:
    change_policy(of())
    open_endpoint(EXPIRING)
    return Book.create(clock.now())


def page_of(book: Book) -> str:
    return f"/staff/projects/project/{book.id}"


def test_support_keeps_it_longer_for_a_reason(sign_in: SignIn, book: Book) -> None:
    browser = sign_in("support")
    shown = browser.get(f"{page_of(book)}/change/").content.decode()
    assert "Its customer is warned on" in shown
    assert "Keep it longer, because" in shown
    answer = browser.post(f"{page_of(book)}/deed/extend/", {"reason": WHY}, follow=True).content.decode()
    assert "It is kept longer" in answer
    assert "It was extended until" in answer
    assert book.day(book.head.purge_after) == 180
    assert "project.extended" in browser.get(f"{page_of(book)}/history/").content.decode()


def test_it_is_not_offered_where_the_rule_does_not_say_so_and_cannot(sign_in: SignIn, book: Book) -> None:
    change_policy(of(extend=["customer"]))
    browser = sign_in("support")
    assert "Keep it longer" not in browser.get(f"{page_of(book)}/change/").content.decode()
    answer = browser.post(f"{page_of(book)}/deed/extend/", {"reason": WHY}, follow=True)
    assert "does not let staff keep it longer" in answer.content.decode()
    assert book.day(book.head.purge_after) == 90


def test_a_viewer_is_not_offered_it(sign_in: SignIn, book: Book) -> None:
    assert "Keep it longer" not in sign_in("viewer").get(f"{page_of(book)}/change/").content.decode()


def test_that_nobody_can_be_warned_is_told(sign_in: SignIn, shop: str) -> None:
    change_policy(of())
    book = Book.create(clock.now())
    shown = sign_in("viewer").get(f"{page_of(book)}/change/").content.decode()
    assert "no endpoint of the shop wants project.expiring" in shown
    assert "Nothing happens to it." in shown
