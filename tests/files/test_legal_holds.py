"""Legal holds on files: what stands under one is not purged, whoever wants it; on moto."""

from datetime import datetime, timedelta

import pytest

from files import keys, operations, queries
from files.errors import FileHeld
from files.models import FileRow
from files.records import File, FileState
from imagestore.audit import queries as audit
from imagestore.common import objects, table
from imagestore.common.browse import Window
from imagestore.common.principal import RoleMissing, command, staff
from imagestore.holds import operations as holds
from imagestore.holds import queries as known
from imagestore.holds.errors import SubjectInvalid, SubjectUnknown
from imagestore.holds.records import Hold, HoldState
from imagestore.identity.errors import ShopNotFound
from tests.support.uploads import stored_photos
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


def hold(photo: File, now: datetime) -> Hold:
    return operations.hold_file(id=photo.id, principal=WHO, reason=WHY, now=now)


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


class TestOnAFile:
    def test_it_is_in_effect_at_once_and_in_the_history_of_the_file(self, photo: File, now: datetime) -> None:
        held = hold(photo, now)
        assert (as_it_is(held).state, row(photo).holders) == (HoldState.IN_EFFECT, frozenset({f"hold:{held.id}"}))
        (entry,) = audit.leaf_of_history(Window(), subject=f"file:{photo.id}").items
        assert (entry.action, entry.reason, entry.details) == ("hold.placed", WHY, {"hold": held.id})

    def test_what_lies_in_the_trash_stays_there_and_does_not_go(self, photo: File, now: datetime) -> None:
        trashed(photo, now)
        hold(photo, now)
        assert sweep(photo, now + YEARS) == {"released": 1}
        assert row(photo).state == FileState.TRASHED
        assert objects.head(keys.object_key("acme", photo.id)) == photo.size

    def test_its_customer_may_put_it_into_the_trash(self, photo: File, now: datetime) -> None:
        hold(photo, now)
        assert trashed(photo, now).state == FileState.TRASHED
        assert sweep(photo, now + YEARS) == {"released": 1}
        operations.restore(id=photo.id, principal=staff("otto", "support"), reason=WHY, now=now)
        assert row(photo).state == FileState.STORED

    def test_what_something_uses_too_stays_in_use(self, photo: File, now: datetime) -> None:
        hold(photo, now)
        operations.hold(ids=[photo.id], holder="project:P", shop="acme", owner="customer:anna")
        with pytest.raises(FileHeld):
            trashed(photo, now)

    def test_a_rejected_one_cannot_be_deleted(self, photo: File, now: datetime) -> None:
        rejected(photo, now)
        held = hold(photo, now)
        with pytest.raises(FileHeld) as refused:
            trashed(photo, now)
        assert refused.value.facts == {"holders": [f"hold:{held.id}"]}
        sweep(photo, now + YEARS)
        assert row(photo).state == FileState.REJECTED

    def test_released_it_has_the_grace_of_what_nothing_uses_any_more(
        self, photo: File, now: datetime, sent: list[Sent]
    ) -> None:
        held = hold(photo, now)
        assert release(held, now).state == HoldState.BEING_RELEASED
        deliver(sent)
        assert (as_it_is(held).state, row(photo).holders) == (HoldState.RELEASED, frozenset())
        assert sweep(photo, now + timedelta(days=29)) == {"re_dated": 1}
        assert sweep(photo, now + timedelta(days=31)) == {"trashed": 1}
        assert sweep(photo, now + timedelta(days=62)) == {"purged": 1}

    def test_of_two_holds_the_other_still_keeps_it(self, photo: File, now: datetime, sent: list[Sent]) -> None:
        first, second = hold(photo, now), hold(photo, now)
        release(first, now)
        deliver(sent)
        assert row(photo).holders == {f"hold:{second.id}"}

    def test_customers_are_told_that_it_is_kept_and_not_why(self, photo: File, now: datetime) -> None:
        held = hold(photo, now)
        told = queries.explained(row(photo))
        assert told.because == (f"A legal hold ({held.id}) keeps it until staff release it.",)
        assert (told.next, told.held_by) == (None, (f"hold:{held.id}",))

    def test_of_another_shop_or_gone_there_is_nothing_to_hold(self, photo: File, now: datetime) -> None:
        make_shop("other")
        with pytest.raises(SubjectUnknown):
            operations.hold_file(id=photo.id, shop="other", principal=WHO, reason=WHY, now=now)
        going = [FileRow.state.set(FileState.DELETING)]
        table.update(FileRow, keys.file_row(photo.id), going, None, File)
        with pytest.raises(SubjectUnknown):
            hold(photo, now)
        assert list(known.holds_of_shop("acme")) == []


class TestRefused:
    def test_support_may_not_place_one_nor_an_operator_release_it(self, photo: File, now: datetime) -> None:
        with pytest.raises(RoleMissing):
            operations.hold_file(id=photo.id, principal=staff("sue", "support"), reason=WHY, now=now)
        held = hold(photo, now)
        with pytest.raises(RoleMissing):
            holds.release(id=held.id, principal=staff("otto", "operator"), reason=WHY, now=now)

    def test_at_an_unknown_shop_and_for_what_is_no_customer(self, now: datetime) -> None:
        with pytest.raises(ShopNotFound):
            holds.place_on_customer(shop="nowhere", customer="anna", principal=WHO, reason=WHY, now=now)
        with pytest.raises(SubjectInvalid):
            holds.place_on_customer(shop="acme", customer="a b", principal=WHO, reason=WHY, now=now)

    def test_a_second_release_changes_nothing(self, photo: File, now: datetime) -> None:
        held = hold(photo, now)
        first = release(held, now)
        assert release(held, now + timedelta(hours=1)) == first
