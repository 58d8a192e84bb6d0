"""`manage.py show_webhooks SHOP [--endpoint ID]`"""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common.browse import Window
from imagestore.webhooks import queries
from imagestore.webhooks.records import Delivery, Endpoint

SHOWN = 20


class Command(BaseCommand):
    help = "Shows a shop's endpoints, or of one the latest deliveries with what came of each attempt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("--endpoint", metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        shop, id = options["shop"], options["endpoint"]
        if id and queries.stored_endpoint(shop, id) is None:
            raise CommandError(f"The shop {shop} has no endpoint {id}.")
        lines = list(_deliveries(id) if id else _endpoints(shop))
        for line in lines or [
            f"The shop {shop} has no endpoint." if not id else "Nothing was sent in the last 30 days."
        ]:
            self.stdout.write(line)


def _endpoints(shop: str) -> Iterator[str]:
    for endpoint in queries.endpoints_of_shop(shop):
        yield f"{endpoint.id}  {endpoint.address}  {_state(endpoint)}"


def _state(endpoint: Endpoint) -> str:
    failing = queries.leaf_of_failing(Window(limit=SHOWN), endpoint=endpoint.id)
    number = f"{len(failing.items)}{'+' if failing.more_after else ''}"
    wants = ", ".join(sorted(endpoint.types)) or "all"
    return f"wants {wants}; {number} failing" + ("" if endpoint.enabled else f"; disabled: {endpoint.disabled_because}")


def _deliveries(endpoint: str) -> Iterator[str]:
    for delivery in queries.leaf_of_deliveries(Window(limit=SHOWN), endpoint=endpoint).items:
        yield f"{delivery.id}  {delivery.type}  {delivery.subject}  {delivery.state}"
        yield from _attempts(delivery)


def _attempts(delivery: Delivery) -> Iterator[str]:
    for attempt in delivery.attempts:
        came = attempt.get("status") or attempt.get("cause")
        yield f"    {attempt['at']}  {came}  {attempt.get('text', '')}".rstrip()
