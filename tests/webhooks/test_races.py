"""Two at once, and any call failing: each event is delivered at least once, recorded, and by one at a time."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from threading import Thread

import pytest
from botocore.exceptions import EndpointConnectionError

from imagestore.common import clock, table
from imagestore.common.principal import command
from imagestore.webhooks import keys, models, operations, queries, rules
from imagestore.webhooks.errors import EndpointChanged, EndpointsTooMany
from imagestore.webhooks.models import DeliveryRow
from imagestore.webhooks.operations.endpoints import Told
from imagestore.webhooks.records import Delivery, Draft, Endpoint
from tests.support.failing import failing
from tests.support.ministack import LocalAws
from tests.support.races import together
from tests.support.receiver import WAIT, Receiver
from tests.support.webhooks import ALICE, Clock, key_of, open_endpoint, outbox, save, states, versions
from tests.support.work import deliver, let_pass
from tests.support.world import Sent, make_shop, shop_server

MORE_CALLS = 13
"""Than delivering an event makes."""
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def endpoint(receiver: Receiver) -> Endpoint:
    return open_endpoint(receiver)


def test_workers_side_by_side_deliver_each_event_once(receiver: Receiver, endpoint: Endpoint, rounds: int) -> None:
    for version in range(1, rounds + 1):
        save(ALICE, version, send=False)
        key = key_of(outbox(endpoint)[-1])
        together(*[partial(operations.deliver, key=key, clock=clock.now)] * 4)
    assert versions(receiver.told, ALICE) == list(range(1, rounds + 1))
    assert [len(delivery.attempts) for delivery in outbox(endpoint)] == [1] * rounds


def test_a_line_of_events_that_many_work_off_arrives_in_order(
    receiver: Receiver, endpoint: Endpoint, rounds: int
) -> None:
    """Each worker has the message of another event; those that come too early are left to who is ahead."""
    for version in range(1, rounds + 1):
        save(ALICE, version, send=False)
    waiting = [key_of(delivery) for delivery in outbox(endpoint)]
    together(*(partial(operations.deliver, key=key, clock=clock.now) for key in waiting))
    assert versions(receiver.told, ALICE) == list(range(1, rounds + 1))
    assert len(receiver.seen) == rounds


def test_while_one_waits_for_the_answer_nobody_else_asks(receiver: Receiver, hands: Clock, endpoint: Endpoint) -> None:
    receiver.acts = [WAIT]
    save(ALICE, 1, send=False)
    key = key_of(outbox(endpoint)[0])
    first = Thread(target=operations.deliver, kwargs={"key": key, "clock": clock.now})
    first.start()
    assert receiver.arrived.wait(30)
    operations.deliver(key=key, clock=clock.now)
    hands.forward(A_MINUTE)
    assert len(receiver.seen) == 1
    receiver.go_on.set()
    first.join(30)
    hands.forward(A_MINUTE)
    assert (len(receiver.seen), states(endpoint)) == (2, ["delivered"])


def test_who_dies_while_delivering_holds_it_up_for_two_minutes(
    receiver: Receiver, hands: Clock, endpoint: Endpoint
) -> None:
    save(ALICE, 1, send=False)
    table.update(DeliveryRow, key_of(outbox(endpoint)[0]), *models.leased(clock.now()), Delivery)
    hands.forward(A_MINUTE)
    assert receiver.seen == []
    hands.forward(rules.LEASE - A_MINUTE)
    assert versions(receiver.told, ALICE) == [1]


def test_who_was_held_up_longer_than_its_lease_sends_nothing(
    receiver: Receiver, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(ALICE, 1, send=False)
    start = clock.now()
    times = iter([start, start + rules.LEASE - A_MINUTE / 2])
    operations.deliver(key=key_of(outbox(endpoint)[0]), clock=lambda: next(times))
    assert (receiver.seen, states(endpoint)) == ([], ["waiting"])


def test_an_attempt_that_outlived_its_lease_overwrites_nothing(
    receiver: Receiver, sent: list[Sent], endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else has delivered the event by the time that the first answer comes, and it says no."""
    save(ALICE, 1)
    key = key_of(outbox(endpoint)[0])

    def deliver_meanwhile() -> None:
        receiver.while_there = lambda: None
        receiver.acts = [204]
        let_pass(rules.LEASE, monkeypatch)
        operations.deliver(key=key, clock=clock.now)
        receiver.acts = [500]

    receiver.while_there = deliver_meanwhile
    deliver(sent)
    (delivery,) = outbox(endpoint)
    assert (delivery.state, [attempt.get("status") for attempt in delivery.attempts]) == ("delivered", [204])


@pytest.mark.parametrize("dies", [False, True], ids=["a call", "a worker"])
def test_whichever_call_fails_every_event_arrives_and_is_recorded(
    receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint, *, dies: bool, every: int
) -> None:
    tried = range(1, MORE_CALLS + 1, every)
    for call in tried:
        project = f"{call:026d}"
        for version in (1, 2):
            hands.tick()
            save(project, version)
        with failing(call, all_from_there=dies), suppress(EndpointConnectionError):
            deliver(sent)
        sent.clear()
        for _ in range(3):
            hands.forward(rules.LEASE)
        arrived = versions(receiver.told, project)
        assert arrived in ([1, 2], [1, 1, 2], [1, 2, 2]), f"call {call} failed"
    assert states(endpoint) == ["delivered", "delivered"] * len(tried)


def test_whichever_call_fails_an_endpoint_that_is_gone_ends_disabled(
    receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint, every: int
) -> None:
    for call in range(1, MORE_CALLS + 1, every):
        receiver.acts = [410] * 5
        save(f"{call:026d}", 1)
        with failing(call), suppress(EndpointConnectionError):
            deliver(sent)
        sent.clear()
        for _ in range(2):
            hands.forward(rules.LEASE)
        stored = queries.stored_endpoint("acme", endpoint.id)
        assert stored is not None
        assert (states(endpoint)[-1], stored.enabled) == ("given_up", False), f"call {call} failed"
        operations.enable(id=endpoint.id, principal=command("tests"), reason="again", now=clock.now())


def test_delivering_two_events_makes_fewer_calls_than_are_failed(
    receiver: Receiver, sent: list[Sent], endpoint: Endpoint
) -> None:
    for version in (1, 2):
        save(ALICE, version)
    with failing(0) as calls:
        deliver(sent)
    assert calls.made == MORE_CALLS - 2


def test_of_endpoints_made_at_once_no_more_are_made_than_a_shop_may_have(receiver: Receiver) -> None:
    draft, admin = Draft(receiver.url), shop_server()
    made = together(*[partial(operations.create, draft=draft, principal=admin, now=clock.now())] * 8)
    assert sum(isinstance(one, Told) for one in made) == rules.MOST_ENDPOINTS
    assert sum(isinstance(one, EndpointsTooMany) for one in made) == 8 - rules.MOST_ENDPOINTS
    assert len(queries.endpoints_of_shop("acme")) == rules.MOST_ENDPOINTS


def test_of_two_changes_at_once_none_is_lost(endpoint: Endpoint) -> None:
    change = partial(operations.update, id=endpoint.id, principal=shop_server(), now=clock.now())
    outcomes = together(
        partial(change, changes={"description": "one"}),
        partial(change, changes={"url": "http://127.0.0.1:9/"}),
        partial(operations.rotate, id=endpoint.id, overlap=A_MINUTE, principal=shop_server(), now=clock.now()),
    )
    stored = queries.stored_endpoint("acme", endpoint.id)
    assert stored is not None
    done = [outcome for outcome in outcomes if not isinstance(outcome, EndpointChanged)]
    assert stored.revision == 1 + len(done)
    assert len(stored.secrets) == 1 + sum(isinstance(outcome, Told) for outcome in done)


def test_places_are_freed_and_taken_again(receiver: Receiver) -> None:
    for _ in range(rules.MOST_ENDPOINTS + 2):
        endpoint = open_endpoint(receiver)
        operations.remove(id=endpoint.id, principal=shop_server(), now=clock.now())
    assert queries.endpoints_of_shop("acme") == []
    assert keys.places("acme").sk == "PLACES"
