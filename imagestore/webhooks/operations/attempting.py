"""One attempt: what an endpoint is sent, and what came of it in words. Writes nothing."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

import orjson
from django.conf import settings

from imagestore.webhooks import posting, signatures, silence
from imagestore.webhooks.operations.endpoints import signing_secrets
from imagestore.webhooks.posting import NoReply, Reply
from imagestore.webhooks.records import Attempt, Delivery, Endpoint

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
HEADERS = {"Content-Type": "application/json", "User-Agent": "imagestore"}
REMOVED = NoReply("endpoint-removed", "The endpoint was removed.")
DISABLED = NoReply("endpoint-disabled", "The endpoint is disabled.")
SILENT = NoReply("endpoint-silent", "The endpoint did not answer three times in a row: it was not asked this time.")
NOT_SENT = NoReply("not-sent", "It could not be sent, by a fault of ours.")


def attempt(delivery: Delivery, endpoint: Endpoint | None, clock: Clock) -> Attempt:
    """Always an answer: whatever goes wrong on the way is a failed attempt, so that no event is tried for ever."""
    now, began = clock(), time.monotonic()
    try:
        reply = _asked(delivery, endpoint, now)
    except NoReply as failed:
        outcome = Attempt(at=now.isoformat(), milliseconds=0, cause=failed.cause, text=failed.text)
    else:
        outcome = Attempt(at=now.isoformat(), milliseconds=0, status=reply.status)
        if reply.excerpt:
            outcome["text"] = reply.excerpt
    outcome["milliseconds"] = round((time.monotonic() - began) * 1000)
    return outcome


def _asked(delivery: Delivery, endpoint: Endpoint | None, now: datetime) -> Reply:
    """Raises NoReply."""
    if endpoint is None:
        raise REMOVED
    if not endpoint.enabled:
        raise DISABLED
    if silence.rests(endpoint.id, now):
        raise SILENT
    try:
        reply = _sent(delivery, endpoint, now)
    except NoReply:
        silence.unanswered(endpoint.id, now)
        raise
    except Exception as error:
        log.exception("event %s could not be sent to endpoint %s", delivery.id, endpoint.id)
        raise NOT_SENT from error
    silence.answered(endpoint.id)
    return reply


def _sent(delivery: Delivery, endpoint: Endpoint, now: datetime) -> Reply:
    body = body_of(delivery)
    signed = signatures.headers(id=delivery.id, body=body, secrets=signing_secrets(endpoint, now), now=now)
    return posting.post(endpoint.url, body, HEADERS | signed, anywhere=settings.IMAGESTORE_DEVELOPMENT)


def body_of(delivery: Delivery) -> bytes:
    """The same at each attempt."""
    at = delivery.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": delivery.type, "timestamp": at, "data": delivery.data})
