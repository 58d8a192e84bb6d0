"""A sweep that warns dies at each of its calls, and so does what takes a warning back: it is told once, and is told."""

from datetime import datetime, timedelta

import pytest

from imagestore.common import due
from projects import keys, operations, queries
from projects.records import ProjectState
from tests.support.dying import each_call_failing
from tests.support.expiring import ANNA, EXPIRING, EXTENDED, Book, change_policy, events, of, open_endpoint
from tests.support.world import make_shop


@pytest.fixture
def shop(moto_aws: None, now: datetime) -> str:
    make_shop(policy=of(since="saved"))
    due.shard_count(now)
    return open_endpoint(EXPIRING, EXTENDED)


@pytest.fixture
def book(shop: str, now: datetime) -> Book:
    return Book.create(now)


def sweep(book: Book, day: float) -> None:
    """Whatever comes of it."""
    at = book.on(day) + timedelta(seconds=1)
    operations.sweep_slice(row_keys=[keys.head_row(book.id)], dry_run=False, now=at)


def types(shop: str) -> list[str]:
    return [event["type"] for event in events(shop)]


def test_whichever_call_fails_the_customer_is_warned_once_and_before_it_goes(book: Book, shop: str, every: int) -> None:
    number = 0
    for number, _ in each_call_failing("warning", lambda: sweep(book, 76), every):
        assert len(events(shop)) == (book.head.warned is not None), f"call {number}"
        sweep(book, 76)
        assert types(shop) == [EXPIRING], f"call {number}"
        sweep(book, 80)
        assert (types(shop), book.due_on) == ([EXPIRING], 87), f"call {number}"
    assert number > 2


def test_whichever_call_fails_at_the_end_nothing_goes_unwarned(book: Book, shop: str, every: int) -> None:
    sweep(book, 76)
    for number, _ in each_call_failing("warning late", lambda: sweep(book, 95), every):
        assert book.head.state == ProjectState.ACTIVE, f"call {number}"
        sweep(book, 95)
        sweep(book, 97.9)
        assert (book.head.state, len(events(shop))) == (ProjectState.ACTIVE, 2), f"call {number}"
        sweep(book, 98)
        assert (book.head.state, len(events(shop))) == (ProjectState.TRASHED, 2), f"call {number}"


def test_a_warning_that_a_save_left_behind_is_taken_back_by_the_sweep(book: Book, shop: str, every: int) -> None:
    sweep(book, 76)
    saved = book.saved
    for number, _ in each_call_failing("saving", lambda: book.save(80), every):
        book.saved = saved
        went_through = book.head.version == 2
        sweep(book, 87)
        assert types(shop)[1:] == [EXTENDED if went_through else EXPIRING], f"call {number}"
        sweep(book, 90)
        assert (book.head.state == ProjectState.ACTIVE) == went_through, f"call {number}"


def test_whichever_call_fails_a_link_extends_once_and_answers_the_same(book: Book, shop: str, every: int) -> None:
    change_policy(of())
    sweep(book, 76)
    token = events(shop)[0]["extend_url"].rpartition("/")[2]

    def follow() -> None:
        link = queries.extension_link(token, book.on(77))
        assert book.day(operations.extend_by_link(link=link, now=book.on(77)).ends_at) == 180

    number = 0
    for number, _ in each_call_failing("extending", follow, every):
        assert (book.head.extended_at is not None) == (EXTENDED in types(shop)), f"call {number}"
        follow()
        assert types(shop) == [EXPIRING, EXTENDED], f"call {number}"
    assert number > 2


def test_whichever_call_fails_opening_counts(book: Book, shop: str, every: int) -> None:
    change_policy(of(since="accessed"))
    sweep(book, 76)
    for number, _ in each_call_failing(
        "opening", lambda: operations.load(id=book.id, principal=ANNA, now=book.on(80)), every
    ):
        noted = book.head.accessed_at is not None
        sweep(book, 87)
        assert types(shop)[1:] == [EXTENDED if noted else EXPIRING], f"call {number}"
