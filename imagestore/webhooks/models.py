"""Rows of webhooks, and the writes and conditional updates that make and change them."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from imagestore.common import due, transaction
from imagestore.common.rows import InstantAttribute, Item
from imagestore.common.transaction import Write
from imagestore.webhooks import keys, rules
from imagestore.webhooks.records import Attempt, Delivery, DeliveryState, Endpoint, Secret


class EndpointRow(Item):
    """`revision` counts changes, so that two changes at once cannot lose one."""

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    url = UnicodeAttribute()
    enabled = BooleanAttribute()
    created_at = InstantAttribute()
    revision = NumberAttribute()
    secrets = JSONAttribute()
    types = UnicodeSetAttribute(null=True)
    description = UnicodeAttribute(null=True)
    disabled_because = UnicodeAttribute(null=True)


class PlacesRow(Item):
    """How many endpoints a shop has."""

    taken = NumberAttribute()


class DeliveryRow(Item):
    """The outbox: an event for one endpoint. Put with the change that it tells of; under 1 KB when it is put.

    In `by_due` while it waits, in `by_attention` from its first failure until it is delivered. Ends by TTL.
    """

    id = UnicodeAttribute()
    shop = UnicodeAttribute()
    endpoint = UnicodeAttribute()
    subject = UnicodeAttribute()
    type = UnicodeAttribute()
    data = JSONAttribute()
    created_at = InstantAttribute()
    state = UnicodeAttribute()
    next_at = InstantAttribute()
    tries = NumberAttribute(default=0)
    attempts = JSONAttribute(null=True)
    leased_until = InstantAttribute(null=True)
    delivered_at = InstantAttribute(null=True)
    given_up_at = InstantAttribute(null=True)
    replayed_at = InstantAttribute(null=True)


def endpoint_put(endpoint: Endpoint) -> Write:
    fields = {field.name: getattr(endpoint, field.name) for field in dataclasses.fields(endpoint)}
    fields |= {"types": endpoint.types or None, "description": endpoint.description or None}
    key = keys.endpoint(endpoint.shop, endpoint.id)
    return transaction.put(EndpointRow(*key, attention_key=keys.ALL_ENDPOINTS, attention_sort=endpoint.id, **fields))


def endpoint_update(before: Endpoint, after: Endpoint) -> Write:
    """If nobody changed the endpoint since `before`."""
    types, because = set(after.types), after.disabled_because
    actions: list[Action] = [
        EndpointRow.revision.set(after.revision),
        EndpointRow.url.set(after.url),
        EndpointRow.enabled.set(after.enabled),
        EndpointRow.secrets.set(after.secrets),
        EndpointRow.types.set(types) if types else EndpointRow.types.remove(),
        EndpointRow.description.set(after.description) if after.description else EndpointRow.description.remove(),
        EndpointRow.disabled_because.set(because) if because else EndpointRow.disabled_because.remove(),
    ]
    return transaction.update(EndpointRow, keys.endpoint(after.shop, after.id), actions, as_read(before))


def as_read(endpoint: Endpoint) -> Condition:
    condition: Condition = EndpointRow.revision == endpoint.revision
    return condition


def place_taken(shop: str) -> Write:
    """Refused when the shop has as many endpoints as it may."""
    room = PlacesRow.taken.does_not_exist() | (PlacesRow.taken < rules.MOST_ENDPOINTS)
    return transaction.update(PlacesRow, keys.places(shop), [PlacesRow.taken.add(1)], room)


def place_freed(shop: str) -> Write:
    return transaction.update(PlacesRow, keys.places(shop), [PlacesRow.taken.add(-1)], None)


def delivery_put(delivery: Delivery) -> Write:
    """Looked at in a minute, should the message that asks for it be lost."""
    now = delivery.created_at
    place = due.due(now + rules.FIRST_LOOK, now=now, shop=delivery.shop, kind="webhook", id=delivery.id)
    row = DeliveryRow(
        *keys.delivery(delivery.endpoint, delivery.subject, delivery.id),
        owner_key=keys.deliveries(delivery.endpoint, delivery.id),
        owner_sort=delivery.id,
        due_bucket=place.bucket,
        due_sort=place.sort,
        expires_at=kept_until(now),
        id=delivery.id,
        shop=delivery.shop,
        endpoint=delivery.endpoint,
        subject=delivery.subject,
        type=delivery.type,
        data=dict(delivery.data),
        created_at=now,
        state=delivery.state,
        next_at=delivery.next_at,
    )
    return transaction.put(row)


def kept_until(now: datetime) -> int:
    return int((now + rules.KEPT_FOR).timestamp())


def looked_at(due_at: datetime, delivery: Delivery, now: datetime) -> list[Action]:
    place = due.due(due_at, now=now, shop=delivery.shop, kind="webhook", id=delivery.id)
    return [DeliveryRow.due_bucket.set(place.bucket), DeliveryRow.due_sort.set(place.sort)]


def leased(now: datetime) -> tuple[list[Action], Condition]:
    """To whoever delivers, if its time has come and nobody else does; a dead one's lease runs out by itself."""
    its_time = DeliveryRow.next_at <= now + rules.CLOCKS_DIFFER
    condition = (DeliveryRow.state == DeliveryState.WAITING) & its_time & unleased(now)
    return [DeliveryRow.leased_until.set(now + rules.LEASE)], condition


def unleased(now: datetime) -> Condition:
    condition: Condition = DeliveryRow.leased_until.does_not_exist() | (DeliveryRow.leased_until <= now)
    return condition


def leased_by(delivery: Delivery) -> Condition:
    """Still to whoever read `delivery` when leasing it."""
    condition: Condition = DeliveryRow.leased_until == delivery.leased_until
    return condition


def delivered(attempts: Sequence[Attempt], now: datetime) -> list[Action]:
    return [
        DeliveryRow.state.set(DeliveryState.DELIVERED),
        DeliveryRow.delivered_at.set(now),
        DeliveryRow.attention_key.remove(),
        DeliveryRow.attention_sort.remove(),
        *_tried(attempts),
        *_waits_no_more(),
    ]


def given_up(delivery: Delivery, attempts: Sequence[Attempt], now: datetime) -> list[Action]:
    return [
        DeliveryRow.state.set(DeliveryState.GIVEN_UP),
        DeliveryRow.given_up_at.set(now),
        *_tried(attempts),
        *_failing(delivery),
        *_waits_no_more(),
    ]


def tried_again_at(later: datetime, delivery: Delivery, attempts: Sequence[Attempt], now: datetime) -> list[Action]:
    return [
        DeliveryRow.next_at.set(later),
        *looked_at(later, delivery, now),
        *_tried(attempts),
        *_failing(delivery),
    ]


def replayed(delivery: Delivery, now: datetime) -> list[Action]:
    """As if it were announced now: with all of its tries before it, and kept as long."""
    return [
        DeliveryRow.state.set(DeliveryState.WAITING),
        DeliveryRow.replayed_at.set(now),
        DeliveryRow.next_at.set(now),
        DeliveryRow.tries.set(0),
        DeliveryRow.delivered_at.remove(),
        DeliveryRow.given_up_at.remove(),
        DeliveryRow.leased_until.remove(),
        DeliveryRow.expires_at.set(kept_until(now)),
        *looked_at(now, delivery, now),
    ]


def _tried(attempts: Sequence[Attempt]) -> list[Action]:
    return [
        DeliveryRow.attempts.set(list(attempts)),
        DeliveryRow.tries.add(1),
        DeliveryRow.leased_until.remove(),
    ]


def _failing(delivery: Delivery) -> list[Action]:
    """The first failure writes the index, later ones leave it as it is."""
    return [
        DeliveryRow.attention_key.set(DeliveryRow.attention_key | keys.failing(delivery.endpoint)),
        DeliveryRow.attention_sort.set(DeliveryRow.attention_sort | delivery.id),
    ]


def _waits_no_more() -> list[Action]:
    return [DeliveryRow.due_bucket.remove(), DeliveryRow.due_sort.remove()]


def resealed(secrets: Sequence[Secret]) -> list[Action]:
    return [EndpointRow.secrets.set(list(secrets))]
