"""Order under everything at once: failures, messages that are lost, late, repeated and mixed up."""

import random
from datetime import timedelta

import pytest

from imagestore.webhooks.records import Endpoint
from tests.support.ministack import LocalAws
from tests.support.receiver import HANG_UP, Act, Receiver
from tests.support.webhooks import ALICE, BELLA, Clock, open_endpoint, save, states, versions
from tests.support.work import run_next
from tests.support.world import Sent, make_shop

EVENTS, PROJECTS = 12, (ALICE, BELLA)
ACTS: list[Act] = [204, 204, 500, 503, HANG_UP]


@pytest.fixture
def endpoint(real_aws: LocalAws, receiver: Receiver) -> Endpoint:
    make_shop()
    return open_endpoint(receiver)


@pytest.mark.parametrize("seed", range(5))
def test_each_project_s_events_arrive_once_and_in_order(
    receiver: Receiver, sent: list[Sent], hands: Clock, endpoint: Endpoint, seed: int
) -> None:
    chance = random.Random(seed)
    receiver.acts = chance.choices(ACTS, k=3 * EVENTS)
    for version in range(1, EVENTS + 1):
        hands.tick()
        save(chance.choice(PROJECTS), version, send=chance.random() < 0.7)
        mix_up(sent, chance)
        if chance.random() < 0.3:
            hands.forward(timedelta(minutes=chance.choice([1, 6])))
    receiver.acts = []
    for hours in (1, 3, 6):
        hands.forward(timedelta(hours=hours))
    arrived = [versions(receiver.told, project) for project in PROJECTS]
    assert arrived == [sorted(of_one) for of_one in arrived]
    assert sorted(version for of_one in arrived for version in of_one) == list(range(1, EVENTS + 1))
    assert set(states(endpoint)) == {"delivered"}


def mix_up(sent: list[Sent], chance: random.Random) -> None:
    """Some messages are lost, some come twice, some later, and none in the order in which they were sent."""
    messages = [message for message in sent for _ in range(chance.choice([0, 1, 1, 2]))]
    chance.shuffle(messages)
    late = messages[: len(messages) // 3]
    sent[:] = messages[len(late) :]
    while sent:
        run_next(sent)
    sent[:] = late
