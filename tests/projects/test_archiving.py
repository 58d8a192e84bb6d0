"""Projects whose photos move to a colder storage class, with the clock in the test's hand; on moto."""

from datetime import datetime, timedelta

import pytest

from files.records import File
from projects import keys, operations, queries, rules
from projects.records import Draft, ProjectState
from tests.support.archiving import row, tags
from tests.support.dying import each_call_failing
from tests.support.expiring import ANNA, Book, change_policy
from tests.support.uploads import stored_photos
from tests.support.world import make_shop

ARCHIVES = {"rules": [{"subject": "draft_project", "since": "saved", "keep": "90d", "then": "archive"}]}


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy=ARCHIVES)


@pytest.fixture
def photos(moto_aws: None) -> list[File]:
    return stored_photos(3, ANNA)


@pytest.fixture
def book(photos: list[File], now: datetime) -> Book:
    return of(photos, now)


def of(photos: list[File], now: datetime) -> Book:
    draft = Draft("Iceland", b"{}", {f"p{index}": photo.id for index, photo in enumerate(photos)})
    return Book(operations.create(draft=draft, owner="customer:anna", principal=ANNA, now=now), now)


def archived(photos: list[File]) -> list[bool]:
    """Of each photo, whether it is; the row and its bytes say the same."""
    found = [row(photo).archived_at is not None for photo in photos]
    assert found == [tags(photo) == {"imagestore-archive": "yes"} for photo in photos]
    return found


def test_its_photos_are_archived_and_it_is_loaded_as_before(book: Book, photos: list[File]) -> None:
    assert [book.sweep(89.9), archived(photos)] == ["re_dated", [False] * 3]
    assert [book.sweep(90), archived(photos)] == ["archived", [True] * 3]
    loaded = operations.load(id=book.id, principal=ANNA, now=book.on(91))
    assert (loaded.head.state, len(loaded.page.files)) == (ProjectState.ACTIVE, 3)


def test_a_photo_that_something_else_uses_stays_where_it_is_until_that_lets_go(
    book: Book, photos: list[File], now: datetime
) -> None:
    other = of(photos[:1], now + timedelta(days=60))
    assert [book.sweep(90), archived(photos)] == ["archived", [False, True, True]]
    operations.trash(id=other.id, principal=ANNA, now=book.on(91))
    assert [other.sweep(70), archived(photos)] == ["purged", [False, True, True]]
    assert [book.due_on, book.sweep(180), archived(photos)] == [180, "archived", [True] * 3]


def test_saved_again_it_is_archived_again_after_its_time(book: Book, now: datetime) -> None:
    book.sweep(90)
    book.save(100)
    assert [book.due_on, book.sweep(180), book.due_on, book.sweep(190)] == [180, "re_dated", 190, "archived"]


def test_a_dry_run_tells_it_and_does_nothing(book: Book, photos: list[File]) -> None:
    assert [book.sweep(90, dry_run=True), archived(photos), book.head.archived_at] == ["archived", [False] * 3, None]


def test_another_rule_trashes_what_was_archived(book: Book) -> None:
    book.sweep(90)
    change_policy({"rules": [{"subject": "draft_project", "since": "saved", "keep": "120d"}]})
    assert [book.sweep(180), book.head.state] == ["trashed", ProjectState.TRASHED]


def test_it_is_told_before_and_after_and_no_day_of_trash_is(book: Book) -> None:
    before = queries.explained(book.head)
    assert (before.next, book.day(before.at)) == ("archive", 90)
    assert before.because[1] == "It stays and reads as before."
    book.sweep(90)
    after = queries.explained(book.head)
    assert (after.next, after.at) == (None, None)
    assert after.because[1].startswith("It was archived on ")
    policy = queries.policy_for("acme", "customer:anna")
    assert [rules.trashed_on(book.head, policy), rules.purged_on(book.head, policy)] == [None, None]


def test_whichever_call_fails_a_repeat_archives_what_is_left(book: Book, photos: list[File], every: int) -> None:
    def sweep() -> None:
        at = book.on(90) + timedelta(seconds=1)
        operations.sweep_slice(row_keys=[keys.head_row(book.id)], dry_run=False, now=at)

    for number, _ in each_call_failing("archiving", sweep, every):
        sweep()
        assert (archived(photos), book.due_on) == ([True] * 3, 180), f"call {number}"
