"""`manage.py set_least_dpi SHOP N --reason TEXT`"""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.identity import operations


class Command(BaseCommand):
    help = "Changes below which resolution a shop's customers are warned of a print."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("least_dpi", type=int, metavar="N", help="pixels per inch")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = operations.set_least_dpi(
                shop_id=options["shop"],
                least_dpi=options["least_dpi"],
                principal=principal.command(getpass.getuser()),
                now=clock.now(),
                reason=options["reason"],
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"{changed.id}: prints below {changed.least_dpi} dpi are warned of, everywhere in a minute.")
