"""Delivering: one attempt under a lease, whatever comes of it written down, and then what waited behind it."""

import logging
import time
from datetime import datetime

from pynamodb.expressions.update import Action

from imagestore.common import table
from imagestore.common.rows import Key
from imagestore.webhooks import keys, models, queries, rules
from imagestore.webhooks.models import DeliveryRow
from imagestore.webhooks.operations.announcing import ask_to_deliver
from imagestore.webhooks.operations.attempting import Clock, attempt
from imagestore.webhooks.operations.endpoints import disable_gone
from imagestore.webhooks.records import Attempt, Delivery, DeliveryState, Endpoint

log = logging.getLogger(__name__)
LINE_SECONDS = 15
"""No further event is begun later; who waits behind is asked for again, so that a Lambda function ends in time."""
GONE = 410


def deliver(*, key: Key, clock: Clock) -> None:
    """The event, if its turn has come, and then those of its subject that waited for it.

    A repeat does nothing for an event that is delivered, is not due yet, or is being delivered by somebody else.
    """
    if rules.in_the_way(queries.before(key)):
        return
    began, here = time.monotonic(), key
    while _brought_out_of_the_way(here, clock):
        following = queries.after(here)
        if following is None:
            return
        here = keys.delivery(following.endpoint, following.subject, following.id)
        if time.monotonic() - began > LINE_SECONDS:
            ask_to_deliver(here)
            return


def _brought_out_of_the_way(key: Key, clock: Clock) -> bool:
    """By one attempt: delivered, or given up."""
    won, delivery = table.update(DeliveryRow, key, *models.leased(clock()), Delivery)
    if not won or delivery is None:
        return False
    endpoint = queries.stored_endpoint(delivery.shop, delivery.endpoint)
    if rules.too_late(delivery, clock()):
        return False
    outcome = attempt(delivery, endpoint, clock)
    now = clock()
    if endpoint is not None and outcome.get("status") == GONE:
        disable_gone(endpoint, now)
    actions = _written(delivery, endpoint, outcome, now)
    won, row = table.update(DeliveryRow, key, actions, models.leased_by(delivery), Delivery)
    _tell(delivery, outcome, won)
    return won and row is not None and row.state != DeliveryState.WAITING


def _written(delivery: Delivery, endpoint: Endpoint | None, outcome: Attempt, now: datetime) -> list[Action]:
    attempts, status = rules.with_attempt(delivery, outcome), outcome.get("status", 0)
    if 200 <= status < 300:
        return models.delivered(attempts, now)
    closed = endpoint is None or not endpoint.enabled or status == GONE
    later = None if closed else rules.next_try(delivery, now)
    if later is None:
        return models.given_up(delivery, attempts, now)
    return models.tried_again_at(later, delivery, attempts, now)


def _tell(delivery: Delivery, outcome: Attempt, recorded: bool) -> None:
    came = outcome.get("status") or outcome.get("cause")
    log.info("event %s (%s) to endpoint %s: %s", delivery.id, delivery.type, delivery.endpoint, came)
    if not recorded:
        log.warning("the attempt of %s took longer than its lease; somebody else may have made another", delivery.id)
