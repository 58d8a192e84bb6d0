"""Sending again: one event, or all that failed since."""

from datetime import timedelta
from typing import Any

import pytest

from imagestore.audit import queries as audit
from imagestore.common import clock
from imagestore.common.browse import Window
from imagestore.common.principal import RoleMissing, command, staff
from imagestore.webhooks import operations
from imagestore.webhooks.errors import DeliveryNotFound, DeliveryUnderWay, EndpointDisabled, EndpointNotFound
from imagestore.webhooks.operations import replaying
from imagestore.webhooks.records import Endpoint
from tests.support.ministack import LocalAws
from tests.support.receiver import WAIT, Receiver
from tests.support.webhooks import ALICE, BELLA, Clock, open_endpoint, outbox, save, states, versions
from tests.support.work import deliver
from tests.support.world import Sent, customer, make_shop, shop_server

HOUR = timedelta(hours=1)


@pytest.fixture
def endpoint(real_aws: LocalAws, receiver: Receiver) -> Endpoint:
    make_shop()
    return open_endpoint(receiver)


def failed(receiver: Receiver, sent: list[Sent], hands: Clock, *projects: str) -> None:
    """Events that an endpoint refused, an hour ago."""
    receiver.acts = [500] * len(set(projects))
    for version, project in enumerate(projects, start=1):
        hands.tick()
        save(project, version)
    deliver(sent)
    receiver.acts = []


def test_a_delivered_event_is_sent_again_under_its_id(receiver: Receiver, sent: list[Sent], endpoint: Endpoint) -> None:
    save(ALICE, 1)
    deliver(sent)
    (delivery,) = outbox(endpoint)
    told = operations.replay(endpoint_id=endpoint.id, id=delivery.id, principal=shop_server(), now=clock.now())
    assert (told.state, told.replayed_at is not None) == ("waiting", True)
    deliver(sent)
    assert [event.id for event in receiver.taken] == [delivery.id] * 2
    (entry,) = audit.leaf_of_history(Window(), subject=f"delivery:{endpoint.id}.{delivery.id}").items
    assert (entry.action, entry.actor) == ("delivery.replayed", "shop:acme")


def test_a_replayed_event_has_all_its_tries_before_it(
    receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
) -> None:
    receiver.acts = [500] * 3
    save(ALICE, 1)
    deliver(sent)
    hands.forward(5 * HOUR)
    (delivery,) = outbox(endpoint)
    assert delivery.tries == 2
    operations.replay(endpoint_id=endpoint.id, id=delivery.id, principal=shop_server(), now=clock.now())
    deliver(sent)
    (delivery,) = outbox(endpoint)
    assert (delivery.tries, len(delivery.attempts)) == (1, 3)
    assert delivery.next_at - clock.now() <= timedelta(seconds=5)


def test_after_an_outage_all_that_failed_goes_out_at_once_and_in_order(
    receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
) -> None:
    """What was given up, what waits for its next try, and what waits behind that."""
    before = clock.now()
    receiver.acts = [410]
    save(BELLA, 1)
    deliver(sent)
    operations.enable(id=endpoint.id, principal=command("tests"), reason="it is back", now=clock.now())
    failed(receiver, sent, hands, ALICE, ALICE, ALICE)
    assert states(endpoint) == ["given_up", "waiting", "waiting", "waiting"]
    replayed = operations.replay_failing(
        endpoint_id=endpoint.id, since=before, principal=shop_server(), now=clock.now()
    )
    assert (replayed.number, replayed.more) == (2, False)
    hands.sweep()
    assert set(states(endpoint)) == {"delivered"}
    assert versions(receiver.told, ALICE) == [1, 2, 3]


def test_what_is_older_or_was_delivered_is_left_alone(
    receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
) -> None:
    failed(receiver, sent, hands, ALICE)
    hands.tick()
    since = clock.now()
    save(BELLA, 2)
    deliver(sent)
    replayed = operations.replay_failing(endpoint_id=endpoint.id, since=since, principal=shop_server(), now=clock.now())
    assert replayed.number == 0
    assert versions(receiver.told, BELLA) == [2]


def test_one_call_takes_so_many_and_says_that_there_may_be_more(
    receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "MOST", 2)
    since = clock.now()
    for project in (ALICE, BELLA, "01J9ZQ6W0Z2V5T8K3M4N7P1R6C"):
        failed(receiver, sent, hands, project)
    replayed = operations.replay_failing(endpoint_id=endpoint.id, since=since, principal=shop_server(), now=clock.now())
    assert (replayed.number, replayed.more) == (2, True)


def test_what_is_being_delivered_is_not_sent_beside_it(
    receiver: Receiver, sent: list[Sent], endpoint: Endpoint
) -> None:
    receiver.acts = [WAIT]
    refusals: list[Exception] = []

    def replay() -> None:
        (delivery,) = outbox(endpoint)
        receiver.go_on.set()
        try:
            operations.replay(endpoint_id=endpoint.id, id=delivery.id, principal=shop_server(), now=clock.now())
        except DeliveryUnderWay as refused:
            refusals.append(refused)

    receiver.while_there = replay
    save(ALICE, 1)
    deliver(sent)
    assert len(refusals) == 1


def test_nothing_is_sent_to_a_disabled_endpoint(receiver: Receiver, sent: list[Sent], endpoint: Endpoint) -> None:
    save(ALICE, 1)
    deliver(sent)
    (delivery,) = outbox(endpoint)
    operations.disable(id=endpoint.id, principal=command("tests"), reason="an attack", now=clock.now())
    about: dict[str, Any] = {"endpoint_id": endpoint.id, "principal": shop_server(), "now": clock.now()}
    for refused in (
        lambda: operations.replay(id=delivery.id, **about),
        lambda: operations.replay_failing(since=clock.now(), **about),
        lambda: operations.send_test(**about),
    ):
        with pytest.raises(EndpointDisabled) as told:
            refused()
        assert told.value.facts == {"because": "an attack"}


def test_a_foreign_shop_and_who_may_not_replay_nothing(
    receiver: Receiver, sent: list[Sent], endpoint: Endpoint
) -> None:
    save(ALICE, 1)
    deliver(sent)
    (delivery,) = outbox(endpoint)
    for principal, refusal in (
        (shop_server("other"), EndpointNotFound),
        (staff("vera", "viewer"), RoleMissing),
        (customer(), RoleMissing),
    ):
        with pytest.raises(refusal):
            operations.replay(endpoint_id=endpoint.id, id=delivery.id, principal=principal, now=clock.now())
    with pytest.raises(DeliveryNotFound):
        operations.replay(endpoint_id=endpoint.id, id=endpoint.id, principal=shop_server(), now=clock.now())
    sue = staff("sue", "support")
    operations.replay(endpoint_id=endpoint.id, id=delivery.id, principal=sue, now=clock.now(), reason="asked")
    assert states(endpoint) == ["waiting"]


def test_a_test_event_comes_whatever_types_are_wanted(receiver: Receiver, sent: list[Sent], real_aws: LocalAws) -> None:
    make_shop()
    endpoint = open_endpoint(receiver, "order.placed")
    operations.send_test(endpoint_id=endpoint.id, principal=shop_server(), now=clock.now())
    deliver(sent)
    (event,) = receiver.taken
    assert (event.type, event.data) == ("endpoint.test", {"endpoint_id": endpoint.id})
