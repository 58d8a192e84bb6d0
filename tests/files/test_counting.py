"""Uploads by the hour: counted once for each batch, and never at the cost of a confirmation."""

import json
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from files import events, keys, operations, queries, rules
from files.operations.registering import Registered
from files.records import File, NewFile, Uploads
from imagestore.common import account, clock, objects, table
from imagestore.common.errors import Unavailable
from tests.support.images import Photo, photo
from tests.support.world import customer, make_shop

BROKEN = Photo("broken.jpeg", "image/jpeg", b"no photo")


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


def arrived(one: Photo) -> File:
    wanted = NewFile(**one.announcement)  # type: ignore[arg-type]
    (item,) = operations.register(wanted=[wanted], customer="anna", principal=customer(), now=clock.now())
    assert isinstance(item, Registered)
    objects.put_new(keys.object_key("acme", item.file.id), one.body, one.content_type)
    return item.file


def told(file: File) -> dict[str, Any]:
    return {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": keys.object_key("acme", file.id)}}}


def message(*records: dict[str, Any]) -> dict[str, str]:
    return {"messageId": "m", "body": json.dumps({"Records": records})}


def event(*files: File) -> dict[str, Any]:
    return {"Records": [message(told(file)) for file in files]}


def counted(now: datetime) -> Uploads:
    return sum((uploads for _, uploads in queries.uploads_by_hour(now)), Uploads())


def test_a_batch_is_one_update_more_and_repeats_count_nothing(now: datetime) -> None:
    files = [arrived(photo(number)) for number in range(8)]
    batch = event(*files, arrived(BROKEN))
    with account.measure() as work:
        events.confirm_uploads(batch, None)
    decided, given_back, counting = 9, 1, 1
    assert work.requests["dynamodb:UpdateItem"] == decided + given_back + counting
    assert counted(now) == Uploads(8, 1, sum(file.size for file in files))
    events.confirm_uploads(batch, None)
    assert counted(now) == Uploads(8, 1, sum(file.size for file in files))


def test_who_does_not_wait_for_the_event_is_counted_too(now: datetime) -> None:
    file = arrived(photo(1))
    for _ in range(2):
        operations.confirm_upload(id=file.id, principal=customer(), now=clock.now())
    assert counted(now).stored == 1


def test_a_file_that_storage_tells_twice_in_a_batch_counts_once(now: datetime) -> None:
    good, broken = arrived(photo(1)), arrived(BROKEN)
    batch = event(good, broken, good, broken)
    batch["Records"].append(message(told(good), told(good)))
    assert events.confirm_uploads(batch, None) == {"batchItemFailures": []}
    assert counted(now) == Uploads(1, 1, good.size)


def test_what_a_message_decided_before_it_failed_is_counted(now: datetime) -> None:
    file = arrived(photo(1))
    half_good = {"Records": [message(told(file), {"no": "record of S3"})]}
    assert events.confirm_uploads(half_good, None) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert counted(now).stored == 1


def test_the_shards_of_an_hour_are_partitions_of_their_own(now: datetime) -> None:
    assert len({keys.decided_uploads(now, shard).pk for shard in range(rules.COUNTER_SHARDS)}) == rules.COUNTER_SHARDS


@pytest.mark.parametrize("cause", [EndpointConnectionError(endpoint_url="https://aws.example"), Unavailable("busy")])
def test_a_count_that_fails_fails_no_confirmation(
    now: datetime, monkeypatch: pytest.MonkeyPatch, cause: Exception
) -> None:
    file, update = arrived(photo(1)), table.update

    def without_counters(model: Any, *args: Any, **options: Any) -> Any:
        if model.__name__ == "UploadsRow":
            raise cause
        return update(model, *args, **options)

    monkeypatch.setattr(table, "update", without_counters)
    assert events.confirm_uploads(event(file), None) == {"batchItemFailures": []}
    assert queries.files_by_id([file.id])[file.id].state == "stored"
    assert counted(now) == Uploads()


def test_a_day_has_an_entry_for_each_of_its_hours(now: datetime) -> None:
    hours = [hour for hour, _ in queries.uploads_by_hour(now)]
    assert len(hours) == 24
    assert hours == sorted(hours)
