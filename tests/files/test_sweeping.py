"""What the sweep does with a due file, step by step, with the clock in the test's hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from files import keys, operations, queries
from files.models import FileRow, OwnerRow
from files.operations.registering import Registered
from files.records import File, FileState, NewFile, Usage
from imagestore.common import aws, objects, switches, table, transaction
from imagestore.common.contracts import SliceReport
from imagestore.common.principal import command
from imagestore.identity import operations as identity
from imagestore.identity import queries as shops
from tests.support.images import photo
from tests.support.uploads import stored_photos
from tests.support.world import customer, keeping, make_shop

ANNA = customer()


@dataclass(frozen=True)
class Ends:
    expires_at: int


A_DAY, A_MONTH = timedelta(days=1, seconds=1), timedelta(days=31)
UNUSED, RELEASED = timedelta(days=91), timedelta(days=31)


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


def sweep(*files: File, at: datetime, dry_run: bool = False) -> SliceReport:
    row_keys = [keys.file_row(file.id) for file in files]
    return operations.sweep_slice(row_keys=row_keys, dry_run=dry_run, now=at)


def row(file: File) -> File:
    return queries.files_by_id([file.id])[file.id]


def registered(now: datetime) -> File:
    wanted = NewFile(**photo(9).announcement)  # type: ignore[arg-type]
    (item,) = operations.register(wanted=[wanted], owner="customer:anna", principal=ANNA, now=now)
    assert isinstance(item, Registered)
    return item.file


def usage() -> Usage:
    return table.get(OwnerRow, keys.owner_row("acme", "customer:anna"), Usage, consistent=True) or Usage()


def bytes_left() -> int:
    return sum(version.size for version in objects.versions(""))


def trashed(now: datetime) -> File:
    (file,) = stored_photos(1, ANNA)
    return operations.trash(id=file.id, principal=ANNA, now=now)


def rejected(now: datetime) -> File:
    file = registered(now)
    objects.put_new(keys.object_key("acme", file.id), b"no photo", "image/jpeg")
    operations.confirm_arrival(shop_id="acme", id=file.id, now=now)
    return row(file)


def test_an_upload_that_never_came_is_given_up_and_its_place_is_free_again(now: datetime) -> None:
    file = registered(now)
    assert usage().used_files == 1
    assert sweep(file, at=now + A_DAY).counts["given_up"] == 1
    assert row(file).state == FileState.GONE
    assert usage() == Usage()


def test_an_upload_whose_event_was_lost_is_confirmed_instead(now: datetime) -> None:
    file = registered(now)
    objects.put_new(keys.object_key("acme", file.id), photo(9).body, "image/jpeg")
    assert sweep(file, at=now + A_DAY).counts["confirmed"] == 1
    assert row(file).state == FileState.STORED


def test_a_held_upload_that_never_came_is_rejected_and_stays_for_its_holder(now: datetime) -> None:
    file = registered(now)
    operations.hold(ids=[file.id], holder="project:P", shop="acme", owner="customer:anna")
    assert sweep(file, at=now + A_DAY).counts["given_up"] == 1
    assert (row(file).state, row(file).reason_code) == (FileState.REJECTED, "upload-missing")
    assert row(file).holders == {"project:P"}


def test_an_unused_photo_is_trashed_then_purged_with_every_byte(now: datetime) -> None:
    (file,) = stored_photos(1, ANNA)
    assert sweep(file, at=now + UNUSED).counts["trashed"] == 1
    assert row(file).state == FileState.TRASHED
    report = sweep(file, at=now + UNUSED + A_MONTH)
    assert (report.counts["purged"], report.bytes_removed) == (1, file.size)
    assert bytes_left() == 0
    assert usage() == Usage()


def test_a_tombstone_tells_nothing_of_a_person_and_ends_by_itself(now: datetime) -> None:
    file = trashed(now)
    sweep(file, at=now + A_MONTH)
    gone = row(file)
    assert gone.state == FileState.GONE
    assert (gone.owner, gone.name, gone.sha256, gone.taken_at, gone.due_sort) == ("", "", "", None, None)
    item = table.get(FileRow, keys.file_row(file.id), Ends, consistent=True)
    assert item is not None
    assert item.expires_at == int((now + A_MONTH + timedelta(days=14)).timestamp())


def test_what_is_not_yet_due_by_todays_policy_gets_a_new_date(now: datetime) -> None:
    (file,) = stored_photos(1, ANNA)
    longer = keeping(unused_file="200d")
    identity.set_policy(shop_id="acme", policy=longer, principal=command("tests"), now=now)
    shops.forget()
    assert sweep(file, at=now + UNUSED).counts["re_dated"] == 1
    assert row(file).state == FileState.STORED
    assert sweep(file, at=now + timedelta(days=201)).counts["trashed"] == 1


def test_a_held_photo_is_taken_out_of_what_is_due(now: datetime) -> None:
    (file,) = stored_photos(1, ANNA)
    operations.hold(ids=[file.id], holder="project:P", shop="acme", owner="customer:anna")
    operations.hold(ids=[file.id], holder="project:Q", shop="acme", owner="customer:anna")
    release("project:Q", file, now)
    assert row(file).due_sort is not None
    assert sweep(file, at=now + RELEASED).counts["released"] == 1
    assert (row(file).due_sort, row(file).state) == (None, FileState.STORED)


def test_a_released_photo_has_its_time_of_grace(now: datetime) -> None:
    (file,) = stored_photos(1, ANNA)
    operations.hold(ids=[file.id], holder="project:P", shop="acme", owner="customer:anna")
    release("project:P", file, now)
    assert sweep(file, at=now + timedelta(days=29)).counts["re_dated"] == 1
    assert sweep(file, at=now + RELEASED).counts["trashed"] == 1


def release(holder: str, file: File, now: datetime) -> None:
    policy = shops.known_shop("acme").policy
    transaction.commit(operations.release(ids=[file.id], holder=holder, shop="acme", policy=policy, now=now))


def test_a_rejected_file_goes_after_its_reason_could_be_read(now: datetime) -> None:
    file = rejected(now)
    assert usage() == Usage()
    assert sweep(file, at=now + timedelta(hours=12)).counts["re_dated"] == 1
    assert sweep(file, at=now + A_DAY).counts["purged"] == 1
    assert bytes_left() == 0


def test_every_version_of_bytes_that_were_never_verified_goes(now: datetime) -> None:
    file = rejected(now)
    key = keys.object_key("acme", file.id)
    aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=b"no photo either")
    aws.s3().delete_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key)
    assert len(list(objects.versions(key))) > 1
    assert sweep(file, at=now + A_DAY).counts["purged"] == 1
    assert list(objects.versions("")) == []


@pytest.mark.parametrize("doomed", [trashed, rejected])
def test_a_purge_that_storage_interrupted_is_finished_by_the_next_sweep(
    doomed: Callable[[datetime], File], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = doomed(now)
    charged = usage()
    with monkeypatch.context() as broken:
        broken.setattr(objects, "remove_versions", lambda versions: [key for key, _ in versions])
        report = sweep(file, at=now + A_MONTH)
        assert report.failures == [
            {"id": file.id, "cause": "storage did not delete the bytes", "key": [f"FILE#{file.id}", "FILE"]}
        ]
    assert row(file).state == FileState.DELETING
    assert usage() == charged
    assert sweep(file, at=now + A_MONTH).counts["purged"] == 1
    assert (row(file).state, bytes_left(), usage()) == (FileState.GONE, 0, Usage())


def test_a_second_sweep_of_the_same_slice_changes_nothing_more(now: datetime) -> None:
    file = trashed(now)
    sweep(file, at=now + A_MONTH)
    before = row(file)
    assert sweep(file, at=now + A_MONTH).counts.get("purged", 0) == 0
    assert (row(file), usage()) == (before, Usage())


def test_a_dry_run_counts_the_same_and_touches_nothing(now: datetime) -> None:
    waiting, file = trashed(now), stored_photos(1, ANNA, first=5)[0]
    before = [row(waiting), row(file), usage()]
    told = sweep(waiting, file, at=now + UNUSED, dry_run=True)
    assert [row(waiting), row(file), usage()] == before
    assert sweep(waiting, file, at=now + UNUSED) == told


def test_nothing_goes_while_deletion_is_paused(now: datetime) -> None:
    file = trashed(now)
    transaction.commit([switches.pause_deletion(True)])
    assert sweep(file, at=now + A_MONTH).counts == {"skipped": 1}
    assert row(file).state == FileState.TRASHED
    transaction.commit([switches.pause_deletion(False)])
    assert sweep(file, at=now + A_MONTH).counts["purged"] == 1
