"""Announcing: an event is written with the change that it tells of, one row for each endpoint that wants it.

A crash after the commit loses nothing: each row is due. The message that asks for its delivery is only a hint.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from imagestore.common import ids, tasks
from imagestore.common.rows import Key
from imagestore.common.transaction import Write
from imagestore.webhooks import event_types, models, queries
from imagestore.webhooks.event_types import Data
from imagestore.webhooks.records import Delivery, DeliveryState, Endpoint

log = logging.getLogger(__name__)
DELIVER = "webhooks.deliver"


def announce(*, shop: str, type: str, subject: str, data: Data, now: datetime) -> list[Write]:
    """Writes that join the operation's transaction: at most 5, most often none or one.

    None when no endpoint of the shop wants events of this type, as known for at most 60 s; then it costs no request.
    `subject` is what the event is about, as in `project:<id>`: events of one subject arrive in order. `data` has the
    names that `event_types` tells of this type. After the commit call `send` with the same writes.
    """
    event_types.check(type, data)
    wanting = queries.wanting(shop, type)
    id = ids.new_id(now) if wanting else ""
    return [
        models.delivery_put(new_delivery(endpoint, id=id, type=type, subject=subject, data=data, now=now))
        for endpoint in wanting
    ]


def new_delivery(endpoint: Endpoint, *, id: str, type: str, subject: str, data: Data, now: datetime) -> Delivery:
    return Delivery(
        id=id,
        shop=endpoint.shop,
        endpoint=endpoint.id,
        subject=subject,
        type=type,
        data=data,
        created_at=now,
        state=DeliveryState.WAITING,
        next_at=now,
    )


def send(announced: Iterable[Write]) -> None:
    """Once they are committed: asks for their delivery now. Nothing for no writes; it never fails the caller."""
    for write in announced:
        row = write["Put"]["Item"]
        ask_to_deliver(Key(row["pk"]["S"], row["sk"]["S"]))


def ask_to_deliver(key: Key) -> None:
    """A queue that does not answer costs delay: the event is due."""
    try:
        tasks.send(DELIVER, pk=key.pk, sk=key.sk)
    except Exception:
        log.exception("an event was not sent to be delivered; the sweep will do it")
