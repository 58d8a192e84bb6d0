"""`manage.py pause_deletion [--shop SHOP] --reason TEXT`"""

import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from scheduler import operations


class Command(BaseCommand):
    help = "Pauses all deletion by the sweep, at once and until resume_deletion. Dry runs still work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", help="of this shop only")
        parser.add_argument("--reason", required=True, type=arguments.words, help="why, for the audit log")

    def handle(self, *, shop: str | None, reason: str, **_: object) -> None:
        who = principal.command(getpass.getuser())
        try:
            operations.pause_deletion(shop=shop, reason=reason, principal=who, now=clock.now())
        except DomainError as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"Deletion of the shop {shop} is paused." if shop else "Deletion is paused.")
