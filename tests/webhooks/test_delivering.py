"""Events on their way to a shop's server, which verifies each with the published library."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import repeat

import pytest
from pytest_django import Settings

from imagestore.audit import queries as audit
from imagestore.common import clock, due, tasks
from imagestore.common.browse import Window
from imagestore.webhooks import operations, queries, rules
from imagestore.webhooks.event_types import EventType
from imagestore.webhooks.records import Draft, Endpoint
from tests.support.ministack import LocalAws
from tests.support.receiver import HANG_UP, Receiver
from tests.support.webhooks import ALICE, BELLA, Clock, key_of, open_endpoint, outbox, save, states, versions
from tests.support.work import deliver
from tests.support.world import Sent, make_shop, shop_server

SECONDS, MINUTES, HOURS, DAYS = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
SCHEDULE = [5 * SECONDS, 5 * MINUTES, 30 * MINUTES, 2 * HOURS, 5 * HOURS, *[10 * HOURS] * 6]


@pytest.fixture(autouse=True)
def _shop(real_aws: LocalAws) -> None:
    make_shop()


@pytest.fixture
def endpoint(receiver: Receiver) -> Endpoint:
    return open_endpoint(receiver)


def causes(endpoint: Endpoint) -> list[object]:
    """Of the failed attempts of all events, oldest event first."""
    attempts = [attempt for delivery in outbox(endpoint) for attempt in delivery.attempts]
    return [attempt.get("cause") or attempt["status"] for attempt in attempts if attempt.get("status") != 204]


class TestArriving:
    def test_an_event_arrives_at_once_and_verified(self, receiver: Receiver, sent: list[Sent]) -> None:
        endpoint = open_endpoint(receiver, EventType.PROJECT_SAVED, path="?key=of-the-shop")
        save(ALICE, 1)
        deliver(sent)
        (arrived,), (delivery,) = receiver.taken, outbox(endpoint)
        assert (arrived.id, arrived.type) == (delivery.id, "project.saved")
        assert arrived.data == {"project_id": ALICE, "owner": "customer:anna", "version": 1, "kind": "manual"}
        assert arrived.path == "/hooks?key=of-the-shop"
        assert arrived.headers["content-type"] == "application/json"
        (attempt,) = delivery.attempts
        assert (delivery.state, attempt["status"], delivery.due_sort) == ("delivered", 204, None)

    def test_three_missed_deliveries_come_later_in_order_for_each_project(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        """An error, a connection that is closed, an overload; and people go on saving."""
        receiver.acts = [500, HANG_UP, 503]
        for version in (1, 2):
            for project in (ALICE, BELLA):
                hands.tick()
                save(project, version)
        deliver(sent)
        assert (receiver.told, len(receiver.seen)) == ([], 2)
        hands.forward(5 * SECONDS)
        assert [event["version"] for event in receiver.told] == [1, 2]
        for project in (ALICE, BELLA):
            hands.tick()
            save(project, 3)
        hands.forward(5 * MINUTES)
        assert versions(receiver.told, ALICE) == versions(receiver.told, BELLA) == [1, 2, 3]
        assert len(receiver.seen) == len(receiver.taken) + 3
        assert sorted(map(str, causes(endpoint))) == ["500", "503", "connection-closed"]
        assert set(states(endpoint)) == {"delivered"}

    def test_each_attempt_has_the_same_id_and_body(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        receiver.acts = [500, 500]
        save(ALICE, 1)
        deliver(sent)
        for pause in SCHEDULE[:2]:
            hands.forward(pause)
        assert len(receiver.seen) == 3
        assert len({(event.id, event.body) for event in receiver.seen}) == 1
        assert len({event.headers["webhook-timestamp"] for event in receiver.seen}) == 3

    def test_every_endpoint_that_wants_it_gets_it_under_one_id(
        self, receiver: Receiver, sent: list[Sent], endpoint: Endpoint
    ) -> None:
        other = open_endpoint(receiver, EventType.PROJECT_SAVED, EventType.ORDER_PLACED)
        uninterested = open_endpoint(receiver, EventType.ORDER_PLACED)
        disabled = operations.create(
            draft=Draft(receiver.url, enabled=False), principal=shop_server(), now=clock.now()
        ).endpoint
        make_shop("other")
        foreign = open_endpoint(receiver, shop="other")
        receiver.secrets = []
        save(ALICE, 1)
        deliver(sent)
        assert len(receiver.taken) == 2
        assert len({event.id for event in receiver.taken}) == 1
        assert [states(one) for one in (endpoint, other)] == [["delivered"]] * 2
        assert [states(one) for one in (uninterested, disabled, foreign)] == [[]] * 3


class TestLostMessages:
    def test_a_crash_between_commit_and_send_loses_nothing(
        self, receiver: Receiver, hands: Clock, endpoint: Endpoint
    ) -> None:
        save(ALICE, 1, send=False)
        hands.forward(20 * SECONDS)
        assert receiver.seen == []
        hands.forward(40 * SECONDS)
        assert versions(receiver.told, ALICE) == [1]
        assert states(endpoint) == ["delivered"]

    def test_a_queue_that_does_not_answer_fails_no_save(
        self, receiver: Receiver, hands: Clock, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(tasks, "send", _away)
            save(ALICE, 1)
        hands.forward(1 * MINUTES)
        assert versions(receiver.told, ALICE) == [1]

    def test_a_message_that_the_sweep_sent_may_be_lost_too(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        save(ALICE, 1, send=False)
        operations.sweep_slice(row_keys=[key_of(outbox(endpoint)[0])], dry_run=False, now=clock.now() + 1 * MINUTES)
        sent.clear()
        hands.forward(5 * MINUTES)
        assert versions(receiver.told, ALICE) == [1]

    def test_a_dry_run_touches_nothing(self, receiver: Receiver, sent: list[Sent], endpoint: Endpoint) -> None:
        save(ALICE, 1, send=False)
        before = outbox(endpoint)
        report = operations.sweep_slice(row_keys=[key_of(before[0])], dry_run=True, now=clock.now() + 1 * MINUTES)
        assert (report.counts["sent"], sent, outbox(endpoint)) == (1, [], before)

    def test_messages_that_come_twice_or_early_change_nothing(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        receiver.acts = [500]
        save(ALICE, 1)
        again = list(sent) * 3
        deliver([*sent, *again])
        assert len(receiver.seen) == 1
        hands.forward(5 * SECONDS)
        deliver(again)
        assert (len(receiver.seen), states(endpoint)) == (2, ["delivered"])


def test_a_message_may_come_before_its_time_by_the_clock_of_another_machine(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    save(ALICE, 1, send=False)
    (delivery,) = outbox(endpoint)
    for early, arrived in ((3, 0), (2, 1)):
        there = repeat(delivery.created_at - early * SECONDS)
        operations.deliver(key=key_of(delivery), clock=partial(next, there))
        assert len(receiver.taken) == arrived


def _away(*_: object, **__: object) -> None:
    raise OSError("the queue is away")


class TestGivingUp:
    def test_tries_lie_further_and_further_apart_and_end_after_three_days(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        receiver.acts = [500] * 100
        save(ALICE, 1)
        deliver(sent)
        for tries, pause in enumerate(SCHEDULE, start=1):
            hands.forward(pause - 1 * SECONDS)
            assert len(receiver.seen) == tries
            hands.forward(1 * SECONDS)
            assert len(receiver.seen) == tries + 1
        assert 2.5 * DAYS < sum(SCHEDULE, start=timedelta()) < 3 * DAYS
        (delivery,) = outbox(endpoint)
        assert (delivery.state, delivery.due_sort, len(delivery.attempts)) == ("given_up", None, 12)
        assert delivery.attempts[0].get("text") == "we are out of order"
        hands.forward(1 * DAYS)
        assert len(receiver.seen) == 12

    def test_who_waits_behind_is_given_up_three_days_after_it_was_made_too(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        """So that the line of a dead endpoint drains, and what is new is not as late as what is old."""
        for version in range(1, 5):
            hands.tick()
            save(ALICE, version)
        receiver.acts = [500] * 100
        deliver(sent)
        for pause in [*SCHEDULE, *[30 * MINUTES] * 11]:
            hands.forward(pause)
        assert states(endpoint) == ["given_up"] * 4
        assert [len(delivery.attempts) >= 1 for delivery in outbox(endpoint)] == [True] * 4
        receiver.acts = []
        save(ALICE, 5)
        deliver(sent)
        assert versions(receiver.told, ALICE) == [5]

    def test_who_waits_behind_is_looked_at_once_for_each_try_of_the_first(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        """A long line costs little while it stands."""
        receiver.acts = [500] * 3
        for version in range(1, 5):
            hands.tick()
            save(ALICE, version)
        deliver(sent)
        hands.forward(5 * SECONDS)
        hands.forward(1 * MINUTES)
        dues = [due.parse(str(delivery.due_sort)).due_at for delivery in outbox(endpoint)]
        assert dues[0] > clock.now() + 3 * MINUTES
        assert dues == sorted(dues)
        hands.forward(5 * MINUTES)
        assert states(endpoint) == ["waiting"] * 4
        dues = [due.parse(str(delivery.due_sort)).due_at for delivery in outbox(endpoint)]
        assert dues[0] > clock.now() + 29 * MINUTES
        hands.forward(5 * MINUTES)
        assert min(due.parse(str(one.due_sort)).due_at for one in outbox(endpoint)) > clock.now() + 20 * MINUTES

    def test_of_another_project_nobody_waits(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        receiver.acts = [500]
        for project in (ALICE, BELLA):
            save(project, 1)
        deliver(sent)
        assert states(endpoint) == ["waiting", "delivered"]

    def test_an_endpoint_that_is_gone_is_disabled_by_its_word(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        receiver.acts = [410]
        for version in (1, 2):
            hands.tick()
            save(ALICE, version)
        deliver(sent)
        stored = queries.stored_endpoint("acme", endpoint.id)
        assert stored is not None
        assert (stored.enabled, stored.disabled_because) == (False, "it answered 410 Gone")
        assert (states(endpoint), len(receiver.seen)) == (["given_up"] * 2, 1)
        assert causes(endpoint) == [410, "endpoint-disabled"]
        (entry, _) = audit.leaf_of_history(Window(), subject=f"endpoint:{endpoint.id}").items
        assert (entry.action, entry.actor) == ("endpoint.disabled", "clock")
        assert save(ALICE, 3) == []

    def test_one_that_was_changed_meanwhile_is_left_alone(
        self, receiver: Receiver, sent: list[Sent], endpoint: Endpoint
    ) -> None:
        receiver.acts = [410]
        receiver.while_there = lambda: operations.update(
            id=endpoint.id, changes={"url": f"{receiver.url}/new"}, principal=shop_server(), now=clock.now()
        )
        save(ALICE, 1)
        deliver(sent)
        stored = queries.stored_endpoint("acme", endpoint.id)
        assert stored is not None
        assert (stored.enabled, stored.url) == (True, f"{receiver.url}/new")

    @pytest.mark.parametrize(
        ("end", "cause"),
        [
            (lambda id, now: operations.remove(id=id, principal=shop_server(), now=now), "endpoint-removed"),
            (
                lambda id, now: operations.disable(id=id, principal=shop_server(), reason="x", now=now),
                "endpoint-disabled",
            ),
        ],
        ids=["removed", "disabled"],
    )
    def test_what_waits_for_an_endpoint_that_ended_is_given_up(
        self, receiver: Receiver, sent: list[Sent], endpoint: Endpoint, end: Callable[..., object], cause: str
    ) -> None:
        save(ALICE, 1)
        end(endpoint.id, clock.now())
        deliver(sent)
        assert (states(endpoint), causes(endpoint), receiver.seen) == (["given_up"], [cause], [])


class TestSecrets:
    def test_old_and_new_sign_side_by_side_until_the_old_one_ends(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        (old,) = receiver.secrets
        told = operations.rotate(id=endpoint.id, overlap=24 * HOURS, principal=shop_server(), now=clock.now())
        receiver.secrets = [old, told.secret]
        save(ALICE, 1)
        deliver(sent)
        assert receiver.taken[-1].headers["webhook-signature"].count("v1,") == 2
        hands.forward(24 * HOURS)
        save(ALICE, 2)
        deliver(sent)
        assert receiver.taken == receiver.taken[:1]
        receiver.secrets = [told.secret]
        hands.forward(5 * SECONDS)
        assert versions(receiver.told, ALICE) == [1, 2]

    def test_one_that_leaked_ends_at_once(self, receiver: Receiver, sent: list[Sent], endpoint: Endpoint) -> None:
        told = operations.rotate(id=endpoint.id, overlap=timedelta(), principal=shop_server(), now=clock.now())
        receiver.secrets = [told.secret]
        save(ALICE, 1)
        deliver(sent)
        assert receiver.taken[-1].headers["webhook-signature"].count("v1,") == 1

    def test_one_that_no_key_opens_costs_no_event(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint, settings: Settings
    ) -> None:
        former, settings.SECRET_KEY = settings.SECRET_KEY, "another one"
        save(ALICE, 1)
        deliver(sent)
        assert (states(endpoint), causes(endpoint)) == (["waiting"], ["not-sent"])
        settings.SECRET_KEY_FALLBACKS = [former]
        hands.forward(5 * SECONDS)
        assert versions(receiver.told, ALICE) == [1]


class TestSilence:
    """Who never answers keeps a worker waiting each time; so it is not asked each time."""

    def silent(self, receiver: Receiver, sent: list[Sent], number: int) -> None:
        receiver.acts = [HANG_UP] * 3
        for project in range(number):
            save(f"{project:026d}", 1)
        deliver(sent)

    def test_after_three_attempts_without_an_answer_it_rests_for_a_minute(
        self, receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint
    ) -> None:
        self.silent(receiver, sent, 5)
        assert len(receiver.seen) == 3
        assert causes(endpoint).count("endpoint-silent") == 2
        hands.forward(5 * SECONDS)
        assert len(receiver.seen) == 3
        hands.forward(5 * MINUTES)
        assert set(states(endpoint)) == {"delivered"}

    def test_any_answer_ends_the_count(self, receiver: Receiver, sent: list[Sent], endpoint: Endpoint) -> None:
        receiver.acts = [HANG_UP, HANG_UP, 500, HANG_UP, HANG_UP, 500]
        for project in range(8):
            save(f"{project:026d}", 1)
        deliver(sent)
        assert len(receiver.seen) == 8

    def test_others_are_asked(self, receiver: Receiver, sent: list[Sent], endpoint: Endpoint) -> None:
        self.silent(receiver, sent, 3)
        other = open_endpoint(receiver, EventType.PROJECT_SAVED)
        save(ALICE, 1)
        deliver(sent)
        assert states(other) == ["delivered"]


def test_kept_attempts_are_the_last_twenty(receiver: Receiver, sent: list[Sent], endpoint: Endpoint) -> None:
    receiver.acts = [500] * 25
    save(ALICE, 1)
    for _ in range(25):
        deliver(sent)
        (delivery,) = outbox(endpoint)
        operations.replay(endpoint_id=endpoint.id, id=delivery.id, principal=shop_server(), now=clock.now())
    deliver(sent)
    (delivery,) = outbox(endpoint)
    assert len(delivery.attempts) == rules.KEPT_ATTEMPTS
    assert (delivery.state, delivery.attempts[-1].get("status")) == ("delivered", 204)
