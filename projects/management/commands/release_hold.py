"""`manage.py release_hold ID --reason TEXT`"""

import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.holds import operations


class Command(BaseCommand):
    help = "Releases a legal hold: what it stood on goes by its rules again, after a day of grace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="of the hold")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="why; for staff and the audit log")

    def handle(self, *, id: str, reason: str, **_: object) -> None:
        try:
            hold = operations.release(
                id=id.upper(), principal=principal.command(getpass.getuser()), reason=reason, now=clock.now()
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"Hold {hold.id} on {hold.subject} is {hold.state}.")
