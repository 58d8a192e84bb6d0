"""The road from the uploads queue to an events function."""

from threading import Event, Thread
from typing import Any

import orjson
import pytest

from imagestore.common import aws
from imagestore.local import poller
from imagestore.local.bootstrap import bootstrap
from imagestore.local.poller import Poller
from imagestore.local.process import wait_until
from imagestore.local.queues import UPLOADS, queue_arn, queue_url
from tests.support.ministack import LocalAws

PATIENCE = 20


class Recorder:
    """An events function that keeps what it got and answers what the test wants."""

    def __init__(self, failing_bodies: tuple[str, ...] = ()) -> None:
        self.records: list[dict[str, Any]] = []
        self.batches: list[int] = []
        self.called = Event()
        self._failing = failing_bodies

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        self.records += event["Records"]
        self.batches.append(len(event["Records"]))
        self.called.set()
        failed = [record["messageId"] for record in event["Records"] if record["body"] in self._failing]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for record in self.records]


@pytest.fixture
def uploads(local_aws: LocalAws) -> str:
    """The queue's url, without the test event that S3 sends when notifications are set."""
    aws.sqs().purge_queue(QueueUrl=queue_url(UPLOADS))
    return queue_url(UPLOADS)


def send(url: str, *bodies: str) -> None:
    for body in bodies:
        aws.sqs().send_message(QueueUrl=url, MessageBody=body)


def waiting(url: str) -> int:
    """Messages that are in the queue, those in flight too."""
    attributes = aws.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    ready, in_flight = (
        attributes["ApproximateNumberOfMessages"],
        attributes["ApproximateNumberOfMessagesNotVisible"],
    )
    return int(ready) + int(in_flight)


def test_a_message_arrives_as_in_a_lambda_event(uploads: str, local_aws: LocalAws) -> None:
    aws.s3().put_object(Bucket=local_aws.bucket, Key="00/shop/a b", Body=b"photo")
    recorder = Recorder()
    assert Poller(UPLOADS, recorder).poll_once() == 1
    (record,) = recorder.records
    assert orjson.loads(record["body"])["Records"][0]["s3"]["object"]["key"] == "00/shop/a+b"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == queue_arn(UPLOADS)
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageId"]
    assert record["receiptHandle"]


def test_what_is_done_is_deleted_and_what_failed_stays(uploads: str) -> None:
    send(uploads, "good", "bad", "fine")
    recorder = Recorder(failing_bodies=("bad",))
    poll = Poller(UPLOADS, recorder)
    done = 0
    while len(recorder.records) < 3:
        done += poll.poll_once()
    assert done == 2
    assert waiting(uploads) == 1
    assert sorted(recorder.bodies) == ["bad", "fine", "good"]


def test_a_batch_has_at_most_ten_messages(uploads: str) -> None:
    send(uploads, *(str(number) for number in range(12)))
    recorder = Recorder()
    poll = Poller(UPLOADS, recorder)
    while len(recorder.records) < 12:
        poll.poll_once()
    assert max(recorder.batches) == 10
    assert sorted(recorder.bodies, key=int) == [str(number) for number in range(12)]
    assert waiting(uploads) == 0


def test_a_function_that_raises_loses_no_message(uploads: str, caplog: pytest.LogCaptureFixture) -> None:
    def broken(event: dict[str, Any], context: Any) -> None:
        raise RuntimeError("broken")

    send(uploads, "precious")
    assert Poller(UPLOADS, broken).poll_once() == 0
    assert waiting(uploads) == 1
    assert "a batch of 1 messages failed as a whole" in caplog.text


def test_an_empty_queue_calls_nothing(uploads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "WAIT_SECONDS", 0)
    recorder = Recorder()
    assert Poller(UPLOADS, recorder).poll_once() == 0
    assert recorder.records == []


def test_it_polls_until_it_is_stopped(uploads: str) -> None:
    recorder = Recorder()
    poll = Poller(UPLOADS, recorder)
    thread = Thread(target=poll.run)
    thread.start()
    try:
        send(uploads, "one")
        assert recorder.called.wait(PATIENCE)
    finally:
        poll.stop()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    assert waiting(uploads) == 0


def test_a_queue_that_is_missing_for_a_while_is_one_line_and_no_end(
    empty_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "FIRST_PAUSE", 0.05)
    recorder = Recorder()
    poll = Poller(UPLOADS, recorder)
    said = Event()
    monkeypatch.setattr(poller.log, "warning", lambda *args: said.set())
    thread = Thread(target=poll.run)
    thread.start()
    try:
        assert said.wait(PATIENCE)
        bootstrap()
        send(queue_url(UPLOADS), "at last")
        assert wait_until(lambda: "at last" in recorder.bodies, PATIENCE)
    finally:
        poll.stop()
        thread.join(PATIENCE)
