"""Endpoints, events and the time between attempts, through the doors that operations and the clock use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from imagestore.common import clock, principal, transaction
from imagestore.common.browse import Window
from imagestore.common.rows import Key
from imagestore.webhooks import keys, operations, queries
from imagestore.webhooks.event_types import EventType
from imagestore.webhooks.records import Delivery, Draft, Endpoint
from scheduler import operations as scheduler
from scheduler.records import Trigger
from tests.support.receiver import Receiver
from tests.support.work import deliver, let_pass
from tests.support.world import Sent, shop_server

ALICE = "01J9ZQ6W0Z2V5T8K3M4N7P1R6A"
BELLA = "01J9ZQ6W0Z2V5T8K3M4N7P1R6B"
"""Two projects."""


def open_endpoint(receiver: Receiver, *types: str, shop: str = "acme", path: str = "") -> Endpoint:
    """One that the receiver serves; it knows the secret."""
    draft = Draft(receiver.url + path, frozenset(types))
    told = operations.create(draft=draft, principal=shop_server(shop), now=clock.now())
    receiver.secrets = [told.secret]
    return told.endpoint


def save(project: str, version: int, *, send: bool = True) -> list[transaction.Write]:
    """As a save would announce it; `send` False: the process dies right after the commit."""
    data = {"project_id": project, "owner": "customer:anna", "version": version, "kind": "manual"}
    told = operations.announce(
        shop="acme", type=EventType.PROJECT_SAVED, subject=f"project:{project}", data=data, now=clock.now()
    )
    if told:
        transaction.commit(told)
    if send:
        operations.send(told)
    return told


@dataclass(frozen=True)
class Clock:
    """Puts the time forward, and lets the scheduler and the workers do what is due then."""

    monkeypatch: pytest.MonkeyPatch
    sent: list[Sent]

    def tick(self) -> None:
        """Two things never happen in the same moment."""
        let_pass(timedelta(milliseconds=10), self.monkeypatch)

    def forward(self, time: timedelta) -> None:
        let_pass(time, self.monkeypatch)
        self.sweep()

    def sweep(self) -> None:
        scheduler.start_run(job="sweep", trigger=Trigger.CLOCK, now=clock.now(), principal=principal.clock())
        deliver(self.sent)


def key_of(delivery: Delivery) -> Key:
    return keys.delivery(delivery.endpoint, delivery.subject, delivery.id)


def outbox(endpoint: Endpoint) -> list[Delivery]:
    """All events of an endpoint, oldest first, as they are now."""
    listed = queries.leaf_of_deliveries(Window(limit=100), endpoint=endpoint.id).items
    rows = queries.deliveries(map(key_of, listed))
    return [rows[key_of(delivery)] for delivery in reversed(listed)]


def states(endpoint: Endpoint) -> list[str]:
    return [str(delivery.state) for delivery in outbox(endpoint)]


def versions(told: Sequence[dict[str, Any]], project: str) -> list[int]:
    return [data["version"] for data in told if data["project_id"] == project]
