"""`manage.py switch_webhook ENDPOINT (--disable | --enable) --reason TEXT`"""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.webhooks import operations


class Command(BaseCommand):
    help = "Stops sending to an endpoint at once, or goes on with what happens from now on (see replay_webhooks)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("endpoint")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="for the audit log")
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--disable", action="store_true")
        way.add_argument("--enable", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        switch = operations.enable if options["enable"] else operations.disable
        try:
            changed = switch(
                id=options["endpoint"],
                principal=principal.command(getpass.getuser()),
                reason=options["reason"],
                now=clock.now(),
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"{changed.address} of {changed.shop} is {'enabled' if changed.enabled else 'disabled'}.")
