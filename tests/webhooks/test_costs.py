"""What an event costs: nothing for shops without an endpoint, one write in the transaction for the others."""

import pytest

from imagestore.common import account, capacity, clock, transaction
from imagestore.webhooks import event_types, operations
from imagestore.webhooks.event_types import EventType
from imagestore.webhooks.records import Endpoint
from tests.support.receiver import Receiver
from tests.support.webhooks import ALICE, open_endpoint, save
from tests.support.work import deliver
from tests.support.world import Sent, make_shop


@pytest.fixture(autouse=True)
def _shop(moto_aws: None) -> None:
    make_shop()


@pytest.fixture
def endpoint(receiver: Receiver) -> Endpoint:
    return open_endpoint(receiver, EventType.PROJECT_SAVED)


def announced(type: str) -> list[transaction.Write]:
    subject, data = f"project:{ALICE}", event_types.REGISTRY[type].example
    return operations.announce(shop="acme", type=type, subject=subject, data=data, now=clock.now())


def test_a_shop_without_an_endpoint_pays_nothing(sent: list[Sent]) -> None:
    announced(EventType.PROJECT_SAVED)
    with account.measure() as work:
        for type in EventType:
            told = announced(type)
            operations.send(told)
            assert told == []
    assert (work.requests.total(), sent) == (0, [])


def test_nor_does_one_whose_endpoints_want_other_events(endpoint: Endpoint, sent: list[Sent]) -> None:
    announced(EventType.PROJECT_SAVED)
    with account.measure() as work:
        assert announced(EventType.ORDER_PLACED) == []
    assert work.requests.total() == 0


def test_an_event_is_one_write_of_one_kilobyte(endpoint: Endpoint) -> None:
    """Two units as part of a transaction, and two index entries. Nothing is read for it."""
    announced(EventType.PROJECT_SAVED)
    with account.measure() as work:
        (write,) = announced(EventType.PROJECT_SAVED)
    assert work.requests.total() == 0
    with account.measure() as work:
        transaction.commit([write])
    assert (work.dynamodb_requests, work.wcu) == (1, 4)


def test_events_of_every_type_fit_into_one_kilobyte(receiver: Receiver) -> None:
    open_endpoint(receiver)
    for type in EventType:
        (write,) = announced(type)
        assert capacity.item_size(write["Put"]["Item"]) < 1000, type


def test_delivering_one_is_three_reads_and_two_writes(receiver: Receiver, sent: list[Sent], endpoint: Endpoint) -> None:
    """The event before it, the endpoint, the event after it; the lease, and what came of it."""
    save(ALICE, 1)
    with account.measure() as work:
        deliver(sent)
    assert len(receiver.taken) == 1
    assert dict(work.requests) == {"dynamodb:Query": 2, "dynamodb:GetItem": 1, "dynamodb:UpdateItem": 2}
    assert (work.rcu, work.wcu) == (3, 4)


@pytest.mark.parametrize(
    ("type", "data"),
    [
        ("project.forgotten", {}),
        (EventType.PROJECT_SAVED, {}),
        (EventType.PROJECT_SAVED, dict(event_types.REGISTRY[EventType.PROJECT_SAVED].example, more=1)),
    ],
    ids=["no type", "too little", "too much"],
)
def test_only_what_is_documented_can_be_announced(type: str, data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=type):
        operations.announce(shop="acme", type=type, subject="x:y", data=data, now=clock.now())
