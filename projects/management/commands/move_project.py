"""`manage.py move_project ID --to CUSTOMER --reason TEXT`"""

import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from projects import operations
from projects.holder_kinds import HOLDER_KINDS


class Command(BaseCommand):
    help = "Moves a project with its photos to another customer of the shop. May be repeated, also after a crash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id")
        parser.add_argument("--to", required=True, metavar="CUSTOMER", help="the shop's own id of the customer")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="why, for the audit log")

    def handle(self, *, id: str, to: str, reason: str, **_: object) -> None:
        try:
            followed = operations.move(
                id=id,
                customer=to,
                principal=principal.command(getpass.getuser()),
                reason=reason,
                now=clock.now(),
                kinds=HOLDER_KINDS,
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"The project is {to}'s; {followed} photos went with it.")
