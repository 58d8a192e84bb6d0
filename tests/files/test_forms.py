"""Forms and links: bytes whose size and hash nobody told before, posted where clients can write again."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import urllib3
from django.conf import settings

from files import events, keys, operations, queries
from files.errors import FileInvalid
from files.models import OwnerRow
from files.operations.registering import RegisteredForm
from files.records import File, FileState, Usage
from imagestore.common import account, aws, clock, objects, table
from imagestore.common.errors import Unavailable
from imagestore.common.principal import staff
from tests.journeys.test_storage_events import event_of
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.races import together
from tests.support.uploads import post
from tests.support.world import customer, make_shop

ANNA = customer()
http = urllib3.PoolManager()


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


def registered(now: datetime, name: str = "beach.jpeg", content_type: str = "image/jpeg") -> RegisteredForm:
    return operations.register_form(
        name=name, content_type=content_type, owner="customer:anna", principal=ANNA, now=now
    )


def row(file: File) -> File:
    return queries.files_by_id([file.id])[file.id]


def usage() -> Usage:
    return table.get(OwnerRow, keys.owner_row("acme", "customer:anna"), Usage, consistent=True) or Usage()


def told(file: File) -> dict[str, list[dict[str, str]]]:
    """As the event of storage would."""
    return events.confirm_uploads({"Records": [event_of(keys.form_key("acme", file.id), "ObjectCreated:Post")]}, None)


def kept(file: File) -> bytes | None:
    return objects.read(keys.object_key("acme", file.id))


def left_by_form(file: File) -> int:
    return len(list(objects.versions(keys.form_key("acme", file.id))))


def test_what_a_form_brings_is_copied_to_where_no_client_can_write(now: datetime) -> None:
    made = registered(now)
    assert usage() == Usage(1, 0)
    assert post(made.form, photo(1).body) == 201
    assert told(made.file) == {"batchItemFailures": []}
    stored = row(made.file)
    assert (stored.state, stored.size, stored.width) == (FileState.STORED, len(photo(1).body), 64)
    assert kept(made.file) == photo(1).body
    assert left_by_form(made.file) == 0
    assert usage() == Usage(1, stored.size)


def test_it_costs_a_copy_and_a_removal_more(now: datetime) -> None:
    made = registered(now)
    post(made.form, photo(1).body)
    operations.confirm_form(shop_id="acme", id=made.file.id, now=now)
    other = registered(now)
    post(other.form, photo(2).body)
    with account.measure() as work:
        operations.confirm_form(shop_id="acme", id=other.file.id, now=now)
    assert work.requests == {
        "s3:GetObject": 1, "s3:CopyObject": 1, "s3:DeleteObjects": 1,
        "dynamodb:GetItem": 2, "dynamodb:TransactWriteItems": 1,
    }  # fmt: skip


def test_a_second_form_after_verification_changes_nothing_that_anyone_reads(now: datetime) -> None:
    made = registered(now)
    post(made.form, photo(1).body)
    told(made.file)
    before = row(made.file)
    assert post(made.form, photo(2).body) == 201
    told(made.file)
    assert (row(made.file), kept(made.file)) == (before, photo(1).body)
    assert left_by_form(made.file) == 0
    assert usage() == Usage(1, before.size)


def test_a_form_that_comes_after_the_trash_is_removed_and_what_is_restored_is_the_first(now: datetime) -> None:
    made = registered(now)
    post(made.form, photo(1).body)
    told(made.file)
    operations.trash(id=made.file.id, principal=ANNA, now=now)
    assert post(made.form, photo(2).body) == 201
    told(made.file)
    assert left_by_form(made.file) == 0
    operations.restore(id=made.file.id, principal=staff("oda", "support"), reason="asked for", now=now)
    assert row(made.file).state == FileState.STORED
    assert (kept(made.file), row(made.file).sha256) == (photo(1).body, "")


def test_only_the_version_that_was_looked_at_is_copied(now: datetime) -> None:
    """Other bytes are posted between the look and the copy."""
    made, copy = registered(now), objects.copy_new
    post(made.form, photo(1).body)

    def meanwhile(*args: Any) -> str | None:
        post(made.form, b"something else")
        return copy(*args)

    with pytest.MonkeyPatch.context() as one_call:
        one_call.setattr(objects, "copy_new", meanwhile)
        told(made.file)
    assert kept(made.file) == photo(1).body
    told(made.file)
    assert left_by_form(made.file) == 0


def test_who_confirms_while_another_does_gets_the_file_and_nothing_is_counted_twice(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is through between each two calls of the first, and everything is as if it had been alone."""
    for call in ("read_part", "copy_new", "remove_versions"):
        made, real = registered(now, f"{call}.jpeg"), getattr(objects, call)
        post(made.form, photo(1).body)

        def meanwhile(*args: Any, call: str = call, real: Any = real, id: str = made.file.id) -> Any:
            monkeypatch.setattr(objects, call, real)
            operations.confirm_upload(id=id, principal=ANNA, now=now + timedelta(seconds=1))
            return real(*args)

        monkeypatch.setattr(objects, call, meanwhile)
        answer = operations.confirm_upload(id=made.file.id, principal=ANNA, now=now)
        assert (answer.state, answer.size) == (FileState.STORED, len(photo(1).body)), call
        assert row(made.file) == answer
        assert left_by_form(made.file) == 0
    assert usage() == Usage(3, 3 * len(photo(1).body))


def test_confirmations_at_the_same_moment_count_a_file_once(now: datetime) -> None:
    made = registered(now)
    post(made.form, photo(1).body)
    confirm = partial(operations.confirm_upload, id=made.file.id, principal=ANNA, now=now)
    for answer in together(*[confirm] * 4):
        assert isinstance(answer, File | Unavailable), answer
    assert row(made.file).state == FileState.STORED
    assert usage() == Usage(1, len(photo(1).body))


def test_readers_get_the_very_bytes_that_were_verified(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where storage lets a second copy replace the first: other bytes are posted and confirmed meanwhile."""
    made, copy = registered(now), objects.copy_new
    post(made.form, photo(1).body)

    def meanwhile(*args: Any) -> str | None:
        monkeypatch.setattr(objects, "copy_new", copy)
        post(made.form, photo(2).body)
        told(made.file)
        return copy(*args)

    monkeypatch.setattr(objects, "copy_new", meanwhile)
    told(made.file)
    stored = row(made.file)
    read = http.request("GET", queries.content_of(id=made.file.id, principal=ANNA, now=clock.now()).url)
    assert (read.status, read.data, stored.size) == (200, photo(2).body, len(photo(2).body))
    assert usage() == Usage(1, stored.size)


def test_what_the_decoder_refused_is_looked_at_again_where_it_was_copied_to(now: datetime) -> None:
    made = registered(now)
    broken = photo(1).body[:-100]
    post(made.form, broken)
    told(made.file)
    refused = operations.decode_file(id=made.file.id, clock=lambda: now)
    assert (refused and refused.state, usage()) == (FileState.REJECTED, Usage())
    operations.verify_again(id=made.file.id, principal=staff("oda", "support"), reason="a new decoder", now=now)
    assert row(made.file).state == FileState.STORED
    assert usage() == Usage(1, len(broken))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Content_Type": "text/html"}, 403),
        ({"key": "ab/acme/01J9ZQ6W0Z2V5T8K3M4N7P1R6S"}, 403),
        ({"x_amz_signature": "0" * 64}, 403),
    ],
)
def test_storage_takes_nothing_but_what_was_signed(now: datetime, changes: dict[str, str], status: int) -> None:
    assert post(registered(now).form, photo(1).body, **changes) == status


def test_storage_takes_no_more_and_no_less_bytes_than_were_signed(now: datetime) -> None:
    assert post(registered(now).form, b"") == 400


def test_bytes_that_are_no_photo_are_rejected_and_their_place_is_free(now: datetime) -> None:
    made = registered(now)
    post(made.form, b"bread, milk")
    told(made.file)
    assert row(made.file).state == FileState.REJECTED
    assert left_by_form(made.file) == 0
    assert usage() == Usage()


def test_what_does_not_fit_into_the_quota_is_rejected(now: datetime) -> None:
    make_shop("small", byte_quota=100)
    principal = customer(shop="small")
    made = operations.register_form(
        name="a.jpeg", content_type="image/jpeg", owner="customer:anna", principal=principal, now=now
    )
    post(made.form, photo(1).body)
    decided = operations.confirm_form(shop_id="small", id=made.file.id, now=now)
    assert decided is not None
    assert (decided.state, decided.reason_code) == (FileState.REJECTED, "quota-exceeded")


@pytest.mark.parametrize("step", range(1, 7))
def test_whatever_is_interrupted_a_repeat_finishes_it(now: datetime, step: int) -> None:
    made = registered(now)
    post(made.form, photo(1).body)
    with _failing(step):
        told(made.file)
    told(made.file)
    operations.sweep_slice(row_keys=[keys.file_row(made.file.id)], dry_run=False, now=now + timedelta(days=2))
    assert row(made.file).state == FileState.STORED
    assert kept(made.file) == photo(1).body


def _failing(step: int) -> Any:
    from tests.support.failing import failing

    return failing(step)


def test_the_copys_own_event_and_a_put_at_the_final_key_change_nothing(now: datetime) -> None:
    made = registered(now)
    post(made.form, photo(1).body)
    key = keys.object_key("acme", made.file.id)
    copied = {"Records": [event_of(key, "ObjectCreated:Copy")]}
    aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=photo(1).body, ContentType="image/jpeg")
    assert events.confirm_uploads(copied, None) == {"batchItemFailures": []}
    early = events.confirm_uploads({"Records": [event_of(key, "ObjectCreated:Put")]}, None)
    assert early == {"batchItemFailures": []}
    assert row(made.file).state == FileState.REGISTERED
    told(made.file)
    assert row(made.file).state == FileState.STORED


def test_an_upload_that_was_given_up_leaves_no_bytes(now: datetime) -> None:
    made = registered(now)
    sweep = [keys.file_row(made.file.id)]
    operations.sweep_slice(row_keys=sweep, dry_run=False, now=now + timedelta(days=2))
    assert row(made.file).state == FileState.GONE
    assert post(made.form, photo(1).body) == 201
    told(made.file)
    assert left_by_form(made.file) == 0
    assert usage() == Usage()


def test_an_upload_whose_event_was_lost_is_confirmed_by_the_sweep(now: datetime) -> None:
    made = registered(now)
    post(made.form, photo(1).body)
    operations.sweep_slice(row_keys=[keys.file_row(made.file.id)], dry_run=False, now=now + timedelta(days=2))
    assert row(made.file).state == FileState.STORED


def test_a_purge_leaves_nothing_under_either_key(now: datetime) -> None:
    made = registered(now)
    post(made.form, photo(1).body)
    told(made.file)
    post(made.form, photo(2).body)
    operations.trash(id=made.file.id, principal=ANNA, now=now)
    operations.sweep_slice(row_keys=[keys.file_row(made.file.id)], dry_run=False, now=now + timedelta(days=31))
    assert row(made.file).state == FileState.GONE
    assert list(objects.versions("")) == []


@pytest.mark.parametrize(
    ("name", "content_type", "field"),
    [("", "image/jpeg", "name"), ("../a.jpg", "image/jpeg", "name"), ("a.svg", "image/svg+xml", "content_type")],
)
def test_what_cannot_be_registered_is_named(now: datetime, name: str, content_type: str, field: str) -> None:
    with pytest.raises(FileInvalid) as refusal:
        registered(now, name, content_type)
    assert refusal.value.field == field
