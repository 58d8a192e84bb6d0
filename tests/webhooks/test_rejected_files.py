"""`file.rejected`: whoever rejects a file tells the shop, in the same transaction, and only those who want to know."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from botocore.exceptions import EndpointConnectionError

from files import keys, operations
from files.models import FileRow
from files.operations import rejecting
from files.operations.registering import Registered
from files.records import File, FileState, NewFile
from imagestore.common import account, clock, table
from imagestore.webhooks.event_types import EventType
from imagestore.webhooks.records import Endpoint
from tests.journeys.test_storage_events import uploaded
from tests.support.decoding import ANNA, broken, decode, hold, row, usage
from tests.support.failing import failing
from tests.support.images import Photo, photo
from tests.support.ministack import LocalAws
from tests.support.races import together
from tests.support.receiver import Receiver
from tests.support.webhooks import open_endpoint, outbox
from tests.support.work import deliver
from tests.support.world import Sent, make_shop

LIST = Photo("list.jpeg", "image/jpeg", b"bread, milk")
MORE_CALLS = 10
"""Than a confirmation makes that rejects."""


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def endpoint(receiver: Receiver) -> Endpoint:
    return open_endpoint(receiver, EventType.FILE_REJECTED)


def confirm(file: File) -> File:
    return operations.confirm_upload(id=file.id, principal=ANNA, now=clock.now())


def rejected_at_once() -> File:
    return confirm(uploaded(LIST))


def rejected_by_the_decoder() -> File:
    file = broken()
    decode(file)
    return row(file)


def rejected_for_it_never_came() -> File:
    """A project uses it, so that it is not simply forgotten."""
    wanted = NewFile(**photo(1).announcement)  # type: ignore[arg-type]
    then = clock.now() - timedelta(days=2)
    (item,) = operations.register(wanted=[wanted], owner="customer:anna", principal=ANNA, now=then)
    assert isinstance(item, Registered)
    hold(item.file)
    operations.sweep_slice(row_keys=[keys.file_row(item.file.id)], dry_run=False, now=clock.now())
    return row(item.file)


@pytest.mark.parametrize("reject", [rejected_at_once, rejected_by_the_decoder, rejected_for_it_never_came])
def test_the_shop_is_told_which_file_and_why(
    receiver: Receiver, sent: list[Sent], endpoint: Endpoint, reject: Callable[[], File]
) -> None:
    file = reject()
    assert file.state == FileState.REJECTED
    deliver(sent)
    (told,) = receiver.taken
    assert told.type == "file.rejected"
    assert told.data == {
        "file_id": file.id,
        "owner": "customer:anna",
        "reason": {"code": file.reason_code, "text": file.reason_text},
    }


def test_its_place_is_given_back_as_ever(endpoint: Endpoint) -> None:
    rejected_at_once()
    assert (usage().used_files, usage().used_bytes) == (0, 0)


def test_a_shop_without_an_endpoint_pays_for_no_event(sent: list[Sent]) -> None:
    file = broken()
    rejected_at_once()
    with account.measure() as work:
        decode(file)
    assert row(file).state == FileState.REJECTED
    assert dict(work.requests) == {"dynamodb:UpdateItem": 3, "s3:GetObject": 1}
    assert "webhooks.deliver" not in [message.name for message in sent]


def test_one_that_wants_to_know_pays_a_read_and_a_transaction(endpoint: Endpoint) -> None:
    file = broken()
    rejected_at_once()
    with account.measure() as work:
        decode(file)
    told = {"dynamodb:UpdateItem": 2, "dynamodb:GetItem": 1, "dynamodb:TransactWriteItems": 1, "s3:GetObject": 1}
    assert dict(work.requests) == told


def test_of_many_who_reject_at_once_one_tells(receiver: Receiver, sent: list[Sent], endpoint: Endpoint) -> None:
    file = uploaded(LIST)
    together(*[partial(confirm, file)] * 4)
    deliver(sent)
    assert len(receiver.taken) == len(outbox(endpoint)) == 1
    assert usage().used_files == 0


def test_what_is_told_is_what_was_rejected_though_the_file_changes_hands(
    receiver: Receiver, sent: list[Sent], endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the row and the transaction, the first time."""
    file, event = uploaded(LIST), rejecting._event
    changes = iter(["customer:bob"])

    def changed_meanwhile(*asked: object) -> object:
        told = event(*asked)  # type: ignore[arg-type]
        for owner in changes:
            table.update(FileRow, keys.file_row(file.id), [FileRow.owner.set(owner)], None, File)
        return told

    monkeypatch.setattr(rejecting, "_event", changed_meanwhile)
    confirm(file)
    deliver(sent)
    assert [event["owner"] for event in receiver.told] == ["customer:bob"]


def test_whichever_call_fails_a_file_is_rejected_and_told_or_neither(
    receiver: Receiver, sent: list[Sent], endpoint: Endpoint
) -> None:
    for call in range(1, MORE_CALLS + 1):
        file = uploaded(LIST)
        with failing(call), suppress(EndpointConnectionError):
            confirm(file)
        told = f"file:{file.id}" in [delivery.subject for delivery in outbox(endpoint)]
        assert told == (row(file).state == FileState.REJECTED), f"call {call} failed"
        confirm(file)
    assert len(outbox(endpoint)) == MORE_CALLS


def test_a_confirmation_makes_fewer_calls_than_are_failed(endpoint: Endpoint) -> None:
    file = uploaded(LIST)
    with failing(0) as calls:
        confirm(file)
    assert 4 < calls.made < MORE_CALLS
