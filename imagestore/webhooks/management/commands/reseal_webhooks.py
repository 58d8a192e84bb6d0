"""`manage.py reseal_webhooks --reason TEXT`"""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.common.sealing import SealBroken
from imagestore.webhooks import operations


class Command(BaseCommand):
    help = "Seals the secrets of all endpoints with today's IMAGESTORE_SECRET_KEY, before a former one is forgotten."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, type=arguments.reason, help="for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        who = principal.command(getpass.getuser())
        try:
            number = operations.reseal(principal=who, reason=options["reason"], now=clock.now())
        except DomainError as error:
            raise CommandError(f"{error.text} Run it again.") from error
        except SealBroken as error:
            raise CommandError("A secret was sealed with a key that IMAGESTORE_SECRET_KEY_FALLBACKS lacks.") from error
        self.stdout.write(f"The secrets of {number} endpoints are sealed anew.")
