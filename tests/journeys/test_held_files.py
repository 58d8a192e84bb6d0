"""A legal hold on a customer, and what becomes of the customer's files; on moto."""

from datetime import datetime, timedelta

import pytest

from files import keys, operations, queries
from files.errors import FileHeld
from files.models import FileRow
from files.records import File, FileState
from imagestore.common import due, table
from imagestore.common.principal import command
from imagestore.holds import operations as holds
from imagestore.holds import queries as known
from imagestore.holds.keys import hold_row
from imagestore.holds.records import Hold, HoldState
from tests.support.uploads import stored_photos
from tests.support.visits import guest, logged_in
from tests.support.work import deliver
from tests.support.world import Sent, customer, make_shop

ANNA, WHO, WHY = customer(), command("tests"), "case 4711 of the court"
YEARS = timedelta(days=800)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def photo() -> File:
    return stored_photos(1, ANNA)[0]


def hold_anna(now: datetime) -> Hold:
    return holds.place_on_customer(shop="acme", customer="anna", principal=WHO, reason=WHY, now=now)


def release(hold: Hold, now: datetime) -> Hold:
    return holds.release(id=hold.id, principal=WHO, reason="the court decided", now=now)


def as_it_is(hold: Hold) -> Hold:
    return known.hold_of(hold.id)


def row(photo: File) -> File:
    return queries.files_by_id([photo.id], consistent=True)[photo.id]


def sweep(photo: File, now: datetime) -> dict[str, int]:
    report = operations.sweep_slice(row_keys=[keys.file_row(photo.id)], dry_run=False, now=now)
    assert report.failures == []
    return {word: number for word, number in report.counts.items() if number}


def trashed(photo: File, now: datetime) -> File:
    return operations.trash(id=photo.id, principal=ANNA, now=now)


def rejected(photo: File, now: datetime) -> None:
    actions = [FileRow.state.set(FileState.REJECTED), FileRow.rejected_at.set(now)]
    table.update(FileRow, keys.file_row(photo.id), actions, None, File)


class TestOnACustomer:
    def test_it_takes_effect_until_every_file_is_marked(self, now: datetime, sent: list[Sent]) -> None:
        photos = stored_photos(3, ANNA)
        sent.clear()
        held = hold_anna(now)
        assert (held.state, row(photos[0]).holders) == (HoldState.TAKING_EFFECT, frozenset())
        deliver(sent)
        assert as_it_is(held).state == HoldState.IN_EFFECT
        assert [row(photo).holders for photo in photos] == [{f"hold:{held.id}"}] * 3

    def test_a_purge_that_begins_before_the_marks_reads_its_row(self, photo: File, now: datetime) -> None:
        trashed(photo, now)
        held = hold_anna(now)
        assert sweep(photo, now + YEARS) == {"held": 1}
        assert row(photo).state == FileState.TRASHED
        assert queries.explained(row(photo)).held_by == (f"hold:{held.id}",)

    def test_what_it_keeps_is_looked_at_again_a_day_later(self, photo: File, now: datetime) -> None:
        trashed(photo, now)
        hold_anna(now)
        sweep(photo, now + YEARS)
        looked = due.dated_to(row(photo).due_sort)
        assert looked is not None
        assert timedelta(hours=23) < looked - (now + YEARS) <= timedelta(days=1, seconds=1)

    def test_what_comes_after_it_is_kept_without_a_mark(self, now: datetime, sent: list[Sent]) -> None:
        hold_anna(now)
        deliver(sent)
        (later,) = stored_photos(1, ANNA)
        trashed(later, now)
        assert sweep(later, now + YEARS) == {"held": 1}

    def test_a_photo_of_a_visit_that_is_hers_is_kept_too(self, now: datetime, sent: list[Sent]) -> None:
        operations.open_session(customer="anna", principal=logged_in(), now=now)
        (photo,) = stored_photos(1, guest())
        hold_anna(now)
        operations.end(id="V-1", principal=logged_in(), now=now)
        assert sweep(photo, now + YEARS) == {"held": 1}
        deliver(sent)
        assert row(photo).holders

    def test_her_rejected_files_cannot_be_deleted(self, photo: File, now: datetime) -> None:
        rejected(photo, now)
        hold_anna(now)
        with pytest.raises(FileHeld):
            trashed(photo, now)

    def test_released_the_marks_go(self, photo: File, now: datetime, sent: list[Sent]) -> None:
        held = hold_anna(now)
        deliver(sent)
        release(held, now)
        deliver(sent)
        assert (as_it_is(held).state, row(photo).holders) == (HoldState.RELEASED, frozenset())
        assert row(photo).due_sort is not None

    def test_marks_that_come_after_the_release_are_none(self, photo: File, now: datetime, sent: list[Sent]) -> None:
        held = hold_anna(now)
        late = [message for message in sent if message.name.startswith("files.settle")]
        release(held, now)
        deliver(sent)
        sent += late
        deliver(sent)
        assert (as_it_is(held).state, row(photo).holders) == (HoldState.RELEASED, frozenset())

    def test_one_of_whom_nothing_is_known_may_be_held(self, now: datetime, sent: list[Sent]) -> None:
        held = holds.place_on_customer(shop="acme", customer="zoe", principal=WHO, reason=WHY, now=now)
        deliver(sent)
        assert as_it_is(held).state == HoldState.IN_EFFECT

    def test_lost_messages_are_sent_again_by_the_sweep(self, photo: File, now: datetime, sent: list[Sent]) -> None:
        held = hold_anna(now)
        sent.clear()
        key = hold_row(held.id)
        report = holds.sweep_slice(row_keys=[key], dry_run=False, now=now + timedelta(minutes=16))
        assert report.counts["told"] == 1
        deliver(sent)
        assert (as_it_is(held).state, as_it_is(held).due_sort) == (HoldState.IN_EFFECT, None)
