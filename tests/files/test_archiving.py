"""Photos that move to a colder storage class when their time is over, with the clock in the test's hand."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from files import keys, operations, queries, rules
from files.records import File, FileState
from imagestore.common import due, objects, transaction
from imagestore.common.contracts import SliceReport
from imagestore.common.objects import ObjectMissing
from imagestore.common.retention import NEVER, RetentionPolicy
from imagestore.identity import queries as shops
from tests.support.archiving import row, tags
from tests.support.expiring import change_policy
from tests.support.uploads import stored_photos
from tests.support.world import Api, customer, make_shop

ANNA, DAY = customer(), timedelta(days=1)
ARCHIVES = {
    "rules": [
        {"subject": "unused_file", "keep": "90d", "then": "archive"},
        {"subject": "released_file", "keep": "30d", "then": "archive"},
    ]
}


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop(policy=ARCHIVES)


@pytest.fixture
def photo(moto_aws: None) -> File:
    (file,) = stored_photos(1, ANNA)
    return file


def swept(file: File, at: datetime, *, dry_run: bool = False, run_id: str | None = None) -> SliceReport:
    return operations.sweep_slice(row_keys=[keys.file_row(file.id)], dry_run=dry_run, now=at, run_id=run_id)


def sweep(file: File, at: datetime, *, dry_run: bool = False, run_id: str | None = None) -> str:
    """The word for what was done."""
    (word,) = [word for word, number in swept(file, at, dry_run=dry_run, run_id=run_id).counts.items() if number]
    return word


def due_at(file: File) -> datetime | None:
    return due.dated_to(row(file).due_sort)


def policy() -> RetentionPolicy:
    return shops.known_shop("acme").policy


def told(file: File) -> list[str]:
    found = rules.explained(row(file), policy())
    return [str(found.next), *found.because]


def test_an_unused_photo_is_archived_and_stays_and_is_read_as_before(photo: File, now: datetime) -> None:
    assert sweep(photo, now + 89 * DAY) == "re_dated"
    assert tags(photo) == {}
    assert sweep(photo, now + 91 * DAY) == "archived"
    assert tags(photo) == {"imagestore-archive": "yes"}
    assert (row(photo).state, row(photo).archived_at) == (FileState.STORED, now + 91 * DAY)
    assert queries.content_of(id=photo.id, principal=ANNA, now=now + 91 * DAY).url


def test_the_sweep_does_not_meet_it_again(photo: File, now: datetime) -> None:
    sweep(photo, now + 91 * DAY)
    found = due_at(photo)
    assert found is not None
    assert abs(found - (photo.stored_at or now) - NEVER) <= timedelta(seconds=1)
    assert sweep(photo, now + 400 * DAY) == "re_dated"


def test_a_dry_run_tells_it_and_does_nothing(photo: File, now: datetime) -> None:
    assert sweep(photo, now + 91 * DAY, dry_run=True) == "archived"
    assert (tags(photo), row(photo).archived_at) == ({}, None)


def test_a_slice_that_is_told_again_counts_it_for_its_run_once_more_and_for_no_other(
    photo: File, now: datetime
) -> None:
    at = now + 91 * DAY
    answers = [sweep(photo, at, run_id=run) for run in ("one", "one", "other")]
    assert answers == ["archived", "archived", "re_dated"]


def test_what_is_held_is_not_archived(photo: File, now: datetime) -> None:
    operations.hold(ids=[photo.id], holder="project:P", shop="acme", owner="customer:anna")
    assert sweep(photo, now + 91 * DAY) == "released"
    assert (tags(photo), row(photo).archived_at) == ({}, None)


def test_released_again_it_is_archived_again_after_its_time(photo: File, now: datetime) -> None:
    sweep(photo, now + 91 * DAY)
    operations.hold(ids=[photo.id], holder="project:P", shop="acme", owner="customer:anna")
    writes = operations.release(ids=[photo.id], holder="project:P", shop="acme", policy=policy(), now=now + 100 * DAY)
    transaction.commit(writes)
    assert sweep(photo, now + 129 * DAY) == "re_dated"
    assert sweep(photo, now + 131 * DAY) == "archived"
    assert row(photo).archived_at == now + 131 * DAY


def test_bytes_that_storage_lost_are_told_as_a_failure_and_nothing_is_noted(photo: File, now: datetime) -> None:
    objects.remove(keys.object_key(photo.shop, photo.id))
    (failure,) = swept(photo, now + 91 * DAY).failures
    assert failure["id"] == photo.id
    assert ObjectMissing.__name__ in failure["cause"]
    assert row(photo).archived_at is None


def test_another_rule_trashes_and_purges_what_was_archived(photo: File, now: datetime) -> None:
    sweep(photo, now + 91 * DAY)
    change_policy({"rules": [{"subject": "unused_file", "keep": "120d"}]})
    redated = operations.redate_slice(shop="acme", customers=["anna"], dry_run=False, now=now + 92 * DAY)
    assert redated.counts["sooner"] == 1
    assert sweep(photo, now + 121 * DAY) == "trashed"
    assert row(photo).archived_at is None
    assert sweep(photo, now + 152 * DAY) == "purged"
    assert list(objects.versions("")) == []


def test_a_change_of_dates_leaves_what_is_archived(photo: File, now: datetime) -> None:
    sweep(photo, now + 91 * DAY)
    report = operations.redate_slice(shop="acme", customers=["anna"], dry_run=True, now=now + 92 * DAY)
    assert {word for word, number in report.counts.items() if number} <= {"unchanged"}


def test_it_is_told_before_and_after(photo: File, now: datetime) -> None:
    before, *_ = told(photo)
    assert before == "archive"
    sweep(photo, now + 91 * DAY)
    after, *because = told(photo)
    assert after == "None"
    assert because[1].startswith("It was archived on ")


def test_a_copy_of_its_own_begins_in_the_usual_class(photo: File, now: datetime) -> None:
    sweep(photo, now + 91 * DAY)
    operations.hold(ids=[photo.id], holder="project:P", shop="acme", owner="customer:anna")
    copies = operations.own_copies(
        ids=[photo.id], shop="acme", owner="customer:bob", source="project:P", now=now + 92 * DAY
    )
    copy = queries.files_by_id(copies.values())[copies[photo.id]]
    assert (tags(copy), copy.archived_at) == ({}, None)


def test_the_api_tells_no_date_of_what_is_archived(photo: File, api: Callable[..., Api], now: datetime) -> None:
    before = api()("GET", f"/files/{photo.id}").json()["purge_after"]
    assert datetime.fromisoformat(before) - now < 91 * DAY
    sweep(photo, now + 91 * DAY)
    assert api()("GET", f"/files/{photo.id}").json()["purge_after"] is None


def test_no_day_counts_it_among_what_went(photo: File, now: datetime) -> None:
    assert swept(photo, now + 91 * DAY).by_shop == {}
