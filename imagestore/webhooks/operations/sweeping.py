"""The sweep's share: due events are sent to be delivered; those that must wait for another are looked at later."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from imagestore.common import due, table
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Key
from imagestore.webhooks import models, queries, rules
from imagestore.webhooks.models import DeliveryRow
from imagestore.webhooks.operations.announcing import ask_to_deliver
from imagestore.webhooks.records import Delivery, DeliveryState

BEHIND = timedelta(seconds=1)


def sweep_slice(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent: an event that was taken further meanwhile is skipped. One that fails does not stop the others."""
    report, found = SliceReport(), queries.deliveries(row_keys)
    report.add("skipped", len(row_keys) - len(found))
    for key, delivery in sorted(found.items()):
        try:
            report.did(_look_at(key, delivery, dry_run, now), delivery.place)
        except Exception as error:
            report.fail(delivery.place, key, f"{type(error).__name__}: {error}")
    return report


def _look_at(key: Key, delivery: Delivery, dry_run: bool, now: datetime) -> str:
    if delivery.state != DeliveryState.WAITING:
        return "skipped"
    word, later = _step(key, delivery, now)
    if dry_run:
        return word
    # Before the message is sent: should it be lost, the event is due again.
    as_found = (DeliveryRow.due_sort == delivery.due_sort) & (DeliveryRow.state == DeliveryState.WAITING)
    if not table.update(DeliveryRow, key, models.looked_at(later, delivery, now), as_found, Delivery).won:
        return "skipped"
    if word == "sent":
        ask_to_deliver(key)
    return word


def _step(key: Key, delivery: Delivery, now: datetime) -> tuple[str, datetime]:
    """What is done with it, and when it is looked at again."""
    if delivery.leased_until is not None and delivery.leased_until > now:
        return "re-dated", delivery.leased_until
    if delivery.next_at > now:
        return "re-dated", delivery.next_at
    earlier = queries.before(key)
    if earlier is not None and rules.in_the_way(earlier):
        # Whoever brings that one out of the way goes on with this one; then this look finds nothing to do.
        return "waits", max(_due_at(earlier), now) + BEHIND
    return "sent", now + rules.LEASE


def _due_at(delivery: Delivery) -> datetime:
    """As whoever waits in front is looked at, so are all behind it: once for each try of the first."""
    return due.parse(delivery.due_sort).due_at if delivery.due_sort else delivery.next_at
