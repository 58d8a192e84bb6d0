"""`manage.py replay_webhooks ENDPOINT --since INSTANT --reason TEXT`"""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.webhooks import operations


class Command(BaseCommand):
    help = "Sends an endpoint again what failed and is not delivered, given up or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("endpoint")
        parser.add_argument("--since", required=True, type=arguments.instant, help="like 2026-11-23T08:30:00Z")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            replayed = operations.replay_failing(
                endpoint_id=options["endpoint"],
                since=options["since"],
                principal=principal.command(getpass.getuser()),
                now=clock.now(),
                reason=options["reason"],
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        more = " There may be more: ask again when they are delivered." if replayed.more else ""
        self.stdout.write(f"{replayed.number} events are due again and sent within minutes.{more}")
