"""The simulation's clock in place of the real one, and its own queue in place of SQS. In this process only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest import mock

from files.decoding.answers import PrintFacts
from files.operations import decoding
from files.operations.examining import Examined
from files.records import File
from imagestore.common import aws, clock, principal, tasks
from imagestore.common.errors import DomainError
from imagestore.local.simulation.world import Message, World
from scheduler import operations, queries
from scheduler.records import Trigger

LOST_IN_A_HUNDRED = 50
WIDTH, HEIGHT = 16, 12
"""Of every photo."""
OPERATOR = principal.staff("olga", "operator")
MOMENTS = ("before-call", "after-call")


class OutageError(ConnectionError):
    """AWS did not answer."""


@contextmanager
def driven(world: World) -> Iterator[None]:
    """What asks the time hears the world's; what sends work sends it to the world's queue."""

    def now() -> datetime:
        return world.now

    def send_task(name: str, kwargs: dict[str, Any], queue: str) -> None:
        if world.loses_messages and world.chance.randrange(100) < LOST_IN_A_HUNDRED:
            world.count("messages lost")
            return
        world.messages.append(Message(name, kwargs))

    with (
        mock.patch.object(clock, "now", now),
        mock.patch.object(decoding, "examine", _examined),
        mock.patch.object(tasks.app(), "send_task", send_task),
    ):
        yield


def _examined(file: File, wanted: Sequence[str], _: float | None = None) -> Examined:
    """As the decoder would, without a child process for each photo: a year has thousands."""
    return Examined(PrintFacts(WIDTH, HEIGHT, 1), str(file.sha256), dict.fromkeys(wanted, b"small"))


def work(world: World) -> None:
    """Workers take every message, and those that these send. One that fails is not tried again: the sweep will."""
    while world.messages:
        message = world.messages.popleft()
        try:
            tasks.app().tasks[message.name](**message.payload)
        except OutageError:
            world.count("tasks broken off")


def tick(world: World, *jobs: str) -> None:
    """The clock starts jobs, and workers do what they send."""
    for job in jobs:
        try:
            operations.start_run(job=job, trigger=Trigger.CLOCK, now=world.now, principal=principal.clock())
        except OutageError:
            world.count("runs broken off")
        work(world)


def decide(world: World) -> None:
    """An operator approves what is too much to go without a person; it really is due, all of it."""
    try:
        for run in queries.awaiting():
            operations.approve_run(id=run.id, reason="looked at it", principal=OPERATOR, now=world.now)
            world.count("approvals")
    except (DomainError, OutageError):
        world.count("decisions put off")
    work(world)


@contextmanager
def outage(world: World, in_a_thousand: int) -> Iterator[None]:
    """So many calls of table and storage are not answered, some after they were carried out."""

    def fail(**_: Any) -> None:
        if world.chance.randrange(1000) < in_a_thousand:
            raise OutageError("the simulated AWS does not answer")

    buses = [(client.meta.events, moment) for client in (aws.dynamodb(), aws.s3()) for moment in MOMENTS]
    for bus, moment in buses:
        bus.register(moment, fail)
    try:
        yield
    finally:
        for bus, moment in buses:
            bus.unregister(moment, fail)
