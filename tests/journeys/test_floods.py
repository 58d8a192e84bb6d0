"""Thousands of uploads through the real queue, with poison among them: each good one stored, none lost, none twice."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from django.conf import settings

from files import events, keys, operations, queries
from files.models import OwnerRow
from files.operations.registering import Registered
from files.records import File, FileState, NewFile, Usage
from imagestore.common import account, aws, clock, table
from imagestore.common.account import Work
from imagestore.common.batches import chunks, in_parallel
from imagestore.local.poller import Poller
from imagestore.local.process import wait_until
from imagestore.local.queues import queue_url
from tests.support.images import photo
from tests.support.ministack import LocalAws
from tests.support.world import customer, make_shop

QUEUE, DEAD = "files-uploads", "files-uploads-dead"
CONSUMERS = 4
SHOP_READS = 4 * CONSUMERS
"""The shop and the number of due shards are read when they were forgotten."""
POISON = ("no json", "{}", '{"Records": [{"eventName": "ObjectCreated:Put"}]}', '{"Records": 7}', "[]")


class Consumers:
    """Several functions at work side by side, as Lambda would have, with what they asked of AWS."""

    def __init__(self) -> None:
        self.work, self._lock, self.batches, self.counting = Work(), threading.Lock(), 0, 0
        self._pollers = [Poller(QUEUE, self._handle) for _ in range(CONSUMERS)]
        self._threads = [threading.Thread(target=poller.run) for poller in self._pollers]

    def __enter__(self) -> "Consumers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for poller in self._pollers:
            poller.stop()
        for thread in self._threads:
            thread.join()

    def _handle(self, event: dict[str, Any], context: Any) -> Mapping[str, Any]:
        with account.measure() as work:
            answer = events.confirm_uploads(event, context)
        with self._lock:
            self.work.requests.update(work.requests)
            self.batches += 1
            # At most one more update for each batch: the hour's figures, if something was decided in it. Nothing is
            # in one of poison and storage's own test message.
            self.counting += len(answer["batchItemFailures"]) < len(event["Records"])
        return answer


def register(number: int) -> list[File]:
    files: list[File] = []
    for batch in chunks(range(number), 500):
        wanted = [NewFile(**photo(index).announcement) for index in batch]  # type: ignore[arg-type]
        owner, now = "customer:anna", clock.now()
        items = operations.register(wanted=wanted, owner=owner, principal=customer(), now=now)
        files += [item.file for item in items if isinstance(item, Registered)]
    return files


def upload(number: int, file: File) -> None:
    aws.s3().put_object(
        Bucket=settings.IMAGESTORE_BUCKET,
        Key=keys.object_key(file.shop, file.id),
        Body=photo(number).body,
        ContentType="image/jpeg",
    )


def poison(number: int) -> list[str]:
    """Messages that no handler can make sense of, each with a body of its own."""
    bodies = [f"{POISON[index % len(POISON)]}{' ' * index}" for index in range(number)]
    for body in bodies:
        aws.sqs().send_message(QueueUrl=queue_url(QUEUE), MessageBody=body)
    return bodies


def left_in(queue: str) -> int:
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = aws.sqs().get_queue_attributes(QueueUrl=queue_url(queue), AttributeNames=names)["Attributes"]
    return sum(int(number) for number in told.values())


def dead_bodies() -> list[str]:
    found: list[str] = []
    while messages := aws.sqs().receive_message(QueueUrl=queue_url(DEAD), MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
        for message in messages:
            aws.sqs().delete_message(QueueUrl=queue_url(DEAD), ReceiptHandle=message["ReceiptHandle"])
    return found


@pytest.mark.parametrize("number", [pytest.param(5_000, marks=pytest.mark.proof), 200])
def test_good_uploads_are_stored_and_poison_is_set_apart(told_aws: LocalAws, number: int) -> None:
    make_shop()
    aws.sqs().set_queue_attributes(QueueUrl=queue_url(QUEUE), Attributes={"VisibilityTimeout": "3"})
    files = register(number)
    spoilt = poison(number // 100)
    in_parallel(lambda pair: upload(*pair), list(enumerate(files)))
    with Consumers() as consumers:
        wait_until(lambda: left_in(QUEUE) == 0 and left_in(DEAD) == len(spoilt), 240)
    states = Counter(file.state for file in queries.files_by_id([file.id for file in files]).values())
    assert states == {FileState.STORED: number}
    assert sorted(dead_bodies()) == sorted(spoilt)
    used = table.get(OwnerRow, keys.owner_row("acme", "customer:anna"), Usage, consistent=True)
    assert used == Usage(number, sum(file.size for file in files))
    asked = consumers.work.requests
    assert asked["s3:GetObject"] == number
    assert number < asked["dynamodb:UpdateItem"] <= number + consumers.counting
    assert consumers.work.s3_requests + consumers.work.dynamodb_requests <= 2 * number + consumers.batches + SHOP_READS
