"""The races of warnings on the local AWS: told once, never of what is kept longer, and no extension is lost."""

from datetime import datetime

import pytest

from projects import operations, queries
from projects.errors import ProjectBusy, ProjectChanged, ProjectExtended
from projects.records import Extended, ProjectState
from tests.support.expiring import ANNA, EXPIRING, EXTENDED, Book, change_policy, events, of, open_endpoint
from tests.support.ministack import LocalAws
from tests.support.races import later, together
from tests.support.world import make_shop


@pytest.fixture(autouse=True)
def shop(real_aws: LocalAws) -> str:
    make_shop(policy=of())
    return open_endpoint(EXPIRING, EXTENDED)


def types(shop: str, book: Book) -> list[str]:
    return [event["type"] for event in events(shop) if event["project_id"] == book.id]


def test_several_sweepers_warn_once(shop: str, now: datetime, rounds: int) -> None:
    for turn in range(rounds):
        book = Book.create(now)
        words = together(*(later(turn % 3 * number, lambda book=book: book.sweep(76)) for number in range(3)))  # type: ignore[misc]
        assert words.count("warned") == 1, words
        assert types(shop, book) == [EXPIRING]
        assert book.due_on == 87


def test_a_warning_against_a_save_is_not_sent_or_is_taken_back(shop: str, now: datetime, rounds: int) -> None:
    change_policy(of(since="saved"))
    for turn in range(rounds):
        book = Book.create(now)

        def save(book: Book = book) -> None:
            book.save(76)

        _, saved = together(later(turn % 5, lambda book=book: book.sweep(76)), save)  # type: ignore[misc]
        assert not isinstance(saved, ProjectChanged)
        book.sweep(76.1)
        assert types(shop, book) in ([], [EXPIRING, EXTENDED])
        assert (book.head.warned, book.due_on) == (None, 152)


def test_an_extension_against_the_sweep_that_trashes_is_whole_or_refused(shop: str, now: datetime, rounds: int) -> None:
    for turn in range(rounds):
        book = Book.create(now)
        book.sweep(76), book.sweep(87)

        def extend(book: Book = book) -> Extended:
            return operations.extend(id=book.id, principal=ANNA, now=book.on(90))

        _, extended = together(later(turn % 4, lambda book=book: book.sweep(90)), extend)  # type: ignore[misc]
        kept = isinstance(extended, Extended)
        assert (book.head.state == ProjectState.ACTIVE) == kept
        assert (EXTENDED in types(shop, book)) == kept
        assert book.day(book.head.purge_after) == (180 if kept else 120)


def test_a_customer_who_follows_the_link_while_asking_the_shop_extends_once(
    shop: str, now: datetime, rounds: int
) -> None:
    for turn in range(rounds):
        book = Book.create(now)
        book.sweep(76)
        url = next(event["extend_url"] for event in events(shop) if event["project_id"] == book.id)

        def follow(book: Book = book, token: str = url.rpartition("/")[2]) -> Extended:
            link = queries.extension_link(token, book.on(77))
            return operations.extend_by_link(link=link, now=book.on(77))

        def ask(book: Book = book) -> Extended:
            return operations.extend(id=book.id, principal=ANNA, now=book.on(77))

        *followed, asked = together(follow, follow, later(turn % 4, ask))
        assert {book.day(one.ends_at) for one in followed} == {180}
        assert isinstance(asked, Extended | ProjectExtended)
        assert not isinstance(asked, ProjectBusy)
        assert types(shop, book) == [EXPIRING, EXTENDED]
