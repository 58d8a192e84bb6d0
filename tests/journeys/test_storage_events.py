"""Real events of storage through the real queue into the function that Lambda runs."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from files import events, keys, operations, queries
from files.operations.registering import Registered
from files.records import File, FileState, NewFile
from imagestore.common import aws, clock, objects
from imagestore.local.poller import Poller
from imagestore.local.process import wait_until
from imagestore.local.queues import queue_url
from tests.support.images import Photo, photo
from tests.support.ministack import LocalAws
from tests.support.uploads import put
from tests.support.world import customer, make_shop

QUEUE = "files-uploads"
ANNA = customer()
UNKNOWN_ID = "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"


@pytest.fixture(autouse=True)
def _world(told_aws: LocalAws) -> None:
    make_shop()
    # A failed message comes again at once, so that its attempts are used up without waiting.
    aws.sqs().set_queue_attributes(QueueUrl=queue_url(QUEUE), Attributes={"VisibilityTimeout": "0"})


def uploaded(one: Photo) -> File:
    wanted = NewFile(**one.announcement)  # type: ignore[arg-type]
    (item,) = operations.register(wanted=[wanted], owner="customer:anna", principal=ANNA, now=clock.now())
    assert isinstance(item, Registered)
    assert put(asdict(item.upload), one.body) == 200
    return item.file


def poll_until(done: Callable[[], bool]) -> None:
    poller = Poller(QUEUE, events.confirm_uploads)

    def polled() -> bool:
        poller.poll_once()
        return done()

    wait_until(polled, 30)
    assert done()


def state(file: File) -> FileState:
    return queries.files_by_id([file.id])[file.id].state


def left_in(queue: str) -> int:
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = aws.sqs().get_queue_attributes(QueueUrl=queue_url(queue), AttributeNames=names)["Attributes"]
    return sum(int(number) for number in told.values())


def event_of(key: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    body = {"Records": [{"eventName": name, "s3": {"object": {"key": key}}}]}
    return {"messageId": key, "body": json.dumps(body)}


def test_an_upload_is_stored_by_its_event_and_every_message_is_acknowledged() -> None:
    files = [uploaded(photo(number)) for number in range(12)]
    poll_until(lambda: all(state(file) == FileState.STORED for file in files))
    poll_until(lambda: left_in(QUEUE) == 0)
    assert left_in(f"{QUEUE}-dead") == 0


def test_repeated_late_unknown_and_test_events_change_nothing_and_are_acknowledged() -> None:
    file = uploaded(photo(1))
    event = event_of(keys.object_key("acme", file.id))
    assert events.confirm_uploads({"Records": [event]}, None) == {"batchItemFailures": []}
    first = queries.files_by_id([file.id])[file.id]
    others = [
        event_of(keys.object_key("acme", UNKNOWN_ID)),
        event_of(f"ab/acme/p/{UNKNOWN_ID}"),
        event_of("some+other%2Fthing.jpg"),
        {"messageId": "test", "body": json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"})},
    ]
    assert events.confirm_uploads({"Records": [*others, event, event, event]}, None) == {"batchItemFailures": []}
    assert queries.files_by_id([file.id])[file.id] == first


def test_the_real_queue_is_emptied_of_events_that_change_nothing() -> None:
    file = uploaded(photo(1))
    poll_until(lambda: state(file) == FileState.STORED and left_in(QUEUE) == 0)
    first = queries.files_by_id([file.id])[file.id]
    key = keys.object_key("acme", file.id)
    again = [event_of(key)["body"]] * 3
    strange = [event_of(keys.object_key("acme", UNKNOWN_ID))["body"], event_of(key, "ObjectRemoved:Delete")["body"]]
    for body in [again[0], json.dumps({"Event": "s3:TestEvent"}), again[1], *strange, again[2]]:
        aws.sqs().send_message(QueueUrl=queue_url(QUEUE), MessageBody=body)
    poll_until(lambda: left_in(QUEUE) == 0)
    assert left_in(f"{QUEUE}-dead") == 0
    assert queries.files_by_id([file.id])[file.id] == first


def test_a_key_is_unquoted_before_it_is_looked_for() -> None:
    file = uploaded(photo(1))
    quoted = event_of(keys.object_key("acme", file.id).replace("/", "%2F"))
    assert events.confirm_uploads({"Records": [quoted]}, None) == {"batchItemFailures": []}
    assert state(file) == FileState.STORED


def test_a_batch_reports_only_its_bad_message() -> None:
    file = uploaded(photo(1))
    good = event_of(keys.object_key("acme", file.id))
    bad = {"messageId": "bad", "body": "no json"}
    answer = events.confirm_uploads({"Records": [bad, good]}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert state(file) == FileState.STORED


def test_a_message_that_cannot_be_read_ends_in_the_dead_letter_queue() -> None:
    aws.sqs().send_message(QueueUrl=queue_url(QUEUE), MessageBody="no json")
    file = uploaded(photo(2))
    poll_until(lambda: left_in(f"{QUEUE}-dead") == 1 and left_in(QUEUE) == 0)
    assert state(file) == FileState.STORED


def test_an_upload_that_is_given_up_while_its_event_waits_in_a_long_queue_is_confirmed_instead() -> None:
    ahead = [uploaded(photo(number)) for number in range(10)]
    last = uploaded(photo(10))
    assert left_in(QUEUE) >= len(ahead)
    a_day_later = clock.now() + timedelta(days=1, minutes=1)
    report = operations.sweep_slice(row_keys=[keys.file_row(last.id)], dry_run=False, now=a_day_later)
    assert report.counts["confirmed"] == 1
    before = queries.files_by_id([last.id])
    poll_until(lambda: left_in(QUEUE) == 0)
    assert queries.files_by_id([last.id]) == before
    assert {state(file) for file in [*ahead, last]} == {FileState.STORED}


def test_bytes_for_a_withdrawn_file_are_removed_again() -> None:
    wanted = NewFile(**photo(3).announcement)  # type: ignore[arg-type]
    (item,) = operations.register(wanted=[wanted], owner="customer:anna", principal=ANNA, now=clock.now())
    assert isinstance(item, Registered)
    operations.trash(id=item.file.id, principal=ANNA, now=clock.now())
    assert put(asdict(item.upload), photo(3).body) == 200
    key = keys.object_key("acme", item.file.id)
    assert list(objects.versions(key))
    poll_until(lambda: not list(objects.versions(key)))


def test_bytes_for_a_purged_file_are_removed_again() -> None:
    file, now = uploaded(photo(4)), clock.now()
    key = keys.object_key("acme", file.id)
    second_url = operations.sign_again(id=file.id, principal=ANNA, now=now).upload
    poll_until(lambda: state(file) == FileState.STORED and left_in(QUEUE) == 0)
    operations.trash(id=file.id, principal=ANNA, now=now)
    operations.sweep_slice(row_keys=[keys.file_row(file.id)], dry_run=False, now=now + timedelta(days=31))
    assert (state(file), list(objects.versions(key))) == (FileState.GONE, [])
    assert put(asdict(second_url), photo(4).body) == 200
    poll_until(lambda: not list(objects.versions(key)))
    assert state(file) == FileState.GONE


def test_bytes_that_are_no_photo_are_rejected_in_words() -> None:
    text = b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"
    file = uploaded(Photo("drawing.jpeg", "image/jpeg", text))
    poll_until(lambda: state(file) == FileState.REJECTED)
    row = queries.files_by_id([file.id])[file.id]
    assert row.reason_code == "not-an-image"
    assert "SVG" in str(row.reason_text)
