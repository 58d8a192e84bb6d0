"""Erasing an owner's files, visits and row; on moto."""

from datetime import datetime, timedelta

import pytest

from files import keys, operations, queries
from files.models import FileRow, OwnerRow
from files.operations.erasing import ErasedPage
from files.operations.registering import Registered
from files.records import File, FileState, NewFile, Owner, SessionState, Usage
from imagestore.common import aws, objects, switches, table, transaction
from imagestore.common.browse import Window
from imagestore.common.switches import DeletionPaused
from tests.support.images import Photo, photo
from tests.support.uploads import store, stored_photos
from tests.support.visits import guest, logged_in, usage
from tests.support.world import customer, make_shop

ANNA = "customer:anna"


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


def erase(now: datetime, owner: str = ANNA) -> ErasedPage:
    return operations.erase_files(shop="acme", owner=owner, start=None, now=now)


def forget(now: datetime) -> bool:
    return operations.forget_owner(shop="acme", owner=ANNA, now=now)


def known(file: File) -> File:
    return queries.files_by_id([file.id], consistent=True)[file.id]


def register(number: int, now: datetime) -> File:
    wanted = [NewFile(**photo(number).announcement)]  # type: ignore[arg-type]
    (item,) = operations.register(wanted=wanted, owner=ANNA, principal=customer(), now=now)
    assert isinstance(item, Registered)
    return item.file


def objects_left() -> list[str]:
    return [version.key for version in objects.versions("")]


def test_whatever_is_not_held_goes_at_once_with_every_object(now: datetime) -> None:
    stored, trashed = stored_photos(2, customer())
    (rejected,) = store([Photo("broken.jpeg", "image/jpeg", b"no photo")], customer())
    operations.trash(id=trashed.id, principal=customer(), now=now)
    page = erase(now)
    assert {file.id for file in page.gone} == {stored.id, trashed.id, rejected.id}
    assert (page.going, page.held, page.failed, page.next) == ([], [], {}, None)
    assert objects_left() == []
    for file in (stored, trashed, rejected):
        gone = known(file)
        assert (gone.state, gone.owner, gone.name, gone.sha256) == (FileState.GONE, "", "", "")
    assert usage() == Usage(0, 0)


def test_a_held_file_stays_as_it_is_and_is_answered(now: datetime) -> None:
    held, unheld = stored_photos(2, customer())
    operations.hold(ids=[held.id], holder="project:P", shop="acme", owner=ANNA)
    page = erase(now)
    assert ([file.id for file in page.held], [file.id for file in page.gone]) == ([held.id], [unheld.id])
    assert (known(held).state, known(held).owner) == (FileState.STORED, ANNA)


def test_an_upload_under_way_is_withdrawn_and_goes_when_its_url_is_over(now: datetime) -> None:
    file = register(1, now)
    page = erase(now)
    assert [one.id for one in page.going] == [file.id]
    assert usage() == Usage(0, 0)
    assert [one.id for one in erase(now).going] == [file.id]
    late = erase(now + timedelta(hours=2))
    assert [one.id for one in late.gone] == [file.id]


def test_bytes_that_come_later_are_removed_again(now: datetime) -> None:
    file, bytes_of_it = register(1, now), photo(1)
    erase(now)
    erase(now + timedelta(hours=2))
    objects.put_new(keys.object_key("acme", file.id), bytes_of_it.body, bytes_of_it.content_type)
    operations.confirm_arrival(shop_id="acme", id=file.id, now=now)
    assert objects_left() == []


def test_files_of_others_are_left_alone(now: datetime) -> None:
    (mine,), (bobs,) = stored_photos(1, customer()), stored_photos(1, customer("bob"), first=5)
    erase(now)
    assert (known(mine).state, known(bobs).state) == (FileState.GONE, FileState.STORED)
    assert usage("bob") == Usage(1, bobs.size)


def test_a_photo_that_is_being_drawn_is_finished_by_a_later_look(now: datetime) -> None:
    (file,) = stored_photos(1, customer())
    busy = [FileRow.claimed_until.set(now + timedelta(minutes=5))]
    table.update(FileRow, keys.file_row(file.id), busy, None, File)
    assert [one.id for one in erase(now).going] == [file.id]
    assert known(file).state == FileState.DELETING
    report = operations.sweep_slice(row_keys=[keys.file_row(file.id)], dry_run=False, now=now + timedelta(minutes=6))
    assert report.counts["purged"] == 1
    assert objects_left() == []


def test_what_storage_does_not_delete_is_told_and_goes_with_a_repeat(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = stored_photos(1, customer())
    with monkeypatch.context() as broken:
        broken.setattr("files.storage.remove", lambda files: {file.id for file in files})
        assert erase(now).failed == {file.id: "storage did not delete the bytes"}
    assert known(file).state == FileState.DELETING
    assert [one.id for one in erase(now).gone] == [file.id]


def test_many_files_are_erased_page_by_page(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = stored_photos(5, customer())
    monkeypatch.setattr("files.operations.erasing.PAGE", 2)
    gone, start = list[File](), None
    for _ in range(4):
        page = operations.erase_files(shop="acme", owner=ANNA, start=start, now=now)
        gone, start = gone + page.gone, page.next
        if start is None:
            break
    assert {file.id for file in gone} == {file.id for file in photos}


def test_nothing_goes_while_deletion_is_paused(now: datetime) -> None:
    (file,) = stored_photos(1, customer())
    transaction.commit([switches.pause_deletion(True)])
    with pytest.raises(DeletionPaused, match="resume_deletion"):
        erase(now)
    assert known(file).state == FileState.STORED


class TestForgetting:
    def test_the_row_with_name_and_email_goes_when_no_file_is_left(self, now: datetime) -> None:
        stored_photos(1, customer())
        erase(now)
        assert forget(now)
        assert queries.owners([("acme", "anna")]) == []
        assert queries.leaf_of_owners(Window(), shop="acme").items == []
        assert forget(now)

    def test_it_stays_without_a_name_while_a_file_is_charged_to_it(self, now: datetime) -> None:
        (held,) = stored_photos(1, customer())
        named = [OwnerRow.name.set("Anna"), OwnerRow.email.set("anna@example.com")]
        table.update(OwnerRow, keys.owner_row("acme", ANNA), named, None, Owner)
        operations.hold(ids=[held.id], holder="order:O", shop="acme", owner=ANNA)
        erase(now)
        assert not forget(now)
        (row,) = queries.owners([("acme", "anna")])
        assert (row.name, row.email, row.used_files, row.used_bytes) == ("", "", 1, held.size)

    def test_it_stays_for_what_is_registered_at_that_moment(
        self, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stored_photos(1, customer())
        erase(now)
        look = "files.operations.erasing._has_files"
        monkeypatch.setattr(look, lambda shop, owner: bool(register(3, now)) and False)
        assert not forget(now)
        assert usage() == Usage(1, len(photo(3).body))


class TestVisits:
    def test_open_ones_are_ended_and_their_photos_go(self, now: datetime) -> None:
        operations.open_session(customer="anna", principal=guest(), now=now)
        (photo_of_visit,) = stored_photos(1, guest())
        (visit,) = operations.end_visits(shop="acme", owner=ANNA, now=now)
        assert (visit.id, visit.state) == ("V-1", SessionState.ENDED)
        assert [file.id for file in erase(now, "session:V-1").gone] == [photo_of_visit.id]

    def test_claimed_ones_are_handed_over_first(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        operations.open_session(customer=None, principal=guest(), now=now)
        (claimed,) = stored_photos(1, guest())
        with monkeypatch.context() as dying:
            dying.setattr("files.operations.settling.settle_now", lambda session, now: session)
            operations.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
        operations.end_visits(shop="acme", owner=ANNA, now=now)
        assert [file.id for file in erase(now).gone] == [claimed.id]

    def test_others_visits_are_left_alone(self, now: datetime) -> None:
        operations.open_session(customer="bob", principal=guest("V-2"), now=now)
        assert operations.end_visits(shop="acme", owner=ANNA, now=now) == []
        assert queries.session_of(guest("V-2"), "V-2").state == SessionState.OPEN

    def test_a_forgotten_visit_is_nobodys_and_is_not_opened_again(self, now: datetime) -> None:
        operations.open_session(customer=None, principal=guest(), now=now)
        operations.claim(id="V-1", customer="anna", principal=logged_in(), now=now)
        forget(now)
        visit = queries.session_of(guest(), "V-1")
        assert (visit.state, visit.customer, visit.claimed_at) == (SessionState.ENDED, None, None)
        assert operations.end_visits(shop="acme", owner=ANNA, now=now) == []


def test_no_row_of_the_table_names_the_customer_any_more(now: datetime) -> None:
    operations.open_session(customer="anna", principal=guest(), now=now)
    stored_photos(2, customer())
    operations.end_visits(shop="acme", owner=ANNA, now=now)
    erase(now)
    forget(now)
    rows = aws.dynamodb().scan(TableName="imagestore-test")["Items"]
    assert [row["pk"] for row in rows if "anna" in str(row)] == []
