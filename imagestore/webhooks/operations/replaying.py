"""Sending again what arrived or did not, as if it were announced now; and sending something to try an endpoint."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from imagestore.audit import operations as audit
from imagestore.common import ids, table, transaction
from imagestore.common.batches import in_parallel
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost
from imagestore.webhooks import event_types, keys, models, queries
from imagestore.webhooks.errors import DeliveryUnderWay, EndpointDisabled
from imagestore.webhooks.models import DeliveryRow
from imagestore.webhooks.operations.announcing import ask_to_deliver, new_delivery
from imagestore.webhooks.operations.endpoints import authorized
from imagestore.webhooks.records import Delivery, Endpoint

MOST = 1_000
"""In one call."""
ROLE = "support"


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many events are due again; `more`: as many as one call takes, so that another may find some."""

    number: int
    more: bool


def replay(*, endpoint_id: str, id: str, principal: Principal, now: datetime, reason: str = "") -> Delivery:
    """Sends one event again, in whatever state it is. Raises EndpointNotFound, EndpointDisabled, DeliveryNotFound,
    DeliveryUnderWay.
    """
    endpoint = _enabled(endpoint_id, principal)
    delivery = queries.delivery_of(endpoint.id, id)
    key = keys.delivery(delivery.endpoint, delivery.subject, delivery.id)
    write = transaction.update(
        DeliveryRow, key, models.replayed(delivery, now), DeliveryRow.pk.exists() & models.unleased(now)
    )
    try:
        audit.record(
            [write],
            action="delivery.replayed",
            subject=f"delivery:{delivery.place}",
            principal=principal,
            reason=reason,
            now=now,
        )
    except TransactionLost as lost:
        raise DeliveryUnderWay("It is being delivered at this moment. Look again in a minute.") from lost
    ask_to_deliver(key)
    return queries.delivery_of(endpoint.id, id)


def replay_failing(
    *, endpoint_id: str, since: datetime, principal: Principal, now: datetime, reason: str = ""
) -> Replayed:
    """All events since then that failed and are not delivered, given up or not: due now, at most 1,000.

    The sweep sends them, each after those of its subject before it. Raises EndpointNotFound, EndpointDisabled.
    """
    endpoint = _enabled(endpoint_id, principal)
    audit.record(
        [],
        action="endpoint.replayed",
        subject=f"endpoint:{endpoint.id}",
        principal=principal,
        reason=reason,
        now=now,
        details={"since": since.isoformat()},
    )
    found = list(islice(queries.failing_since(endpoint.id, since), MOST))
    won = in_parallel(lambda delivery: _replayed(delivery, now), found)
    return Replayed(sum(won), len(found) == MOST)


def send_test(*, endpoint_id: str, principal: Principal, now: datetime) -> Delivery:
    """An event that is about nothing but the endpoint. Raises EndpointNotFound, EndpointDisabled."""
    endpoint = _enabled(endpoint_id, principal)
    delivery = new_delivery(
        endpoint,
        id=ids.new_id(now),
        type=event_types.TEST,
        subject=f"endpoint:{endpoint.id}",
        data={"endpoint_id": endpoint.id},
        now=now,
    )
    transaction.commit([models.delivery_put(delivery)])
    ask_to_deliver(keys.delivery(delivery.endpoint, delivery.subject, delivery.id))
    return delivery


def _enabled(endpoint_id: str, principal: Principal) -> Endpoint:
    endpoint = queries.endpoint_of(authorized(principal, ROLE), endpoint_id)
    if not endpoint.enabled:
        raise EndpointDisabled("The endpoint is disabled; enable it first.", because=endpoint.disabled_because)
    return endpoint


def _replayed(delivery: Delivery, now: datetime) -> bool:
    """Not what is being delivered, or was delivered meanwhile."""
    key = keys.delivery(delivery.endpoint, delivery.subject, delivery.id)
    free = (DeliveryRow.state == delivery.state) & models.unleased(now)
    return table.update(DeliveryRow, key, models.replayed(delivery, now), free, Delivery).won
