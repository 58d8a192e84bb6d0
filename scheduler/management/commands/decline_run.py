"""`manage.py decline_run ID --reason TEXT`"""

import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from scheduler import operations


class Command(BaseCommand):
    help = "Leaves what a run that awaits approval told of; the sweep looks at it again in a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id")
        parser.add_argument("--reason", required=True, type=arguments.words, help="why, for the audit log")

    def handle(self, *, id: str, reason: str, **_: object) -> None:
        who = principal.command(getpass.getuser())
        try:
            run = operations.decline_run(id=id, reason=reason, principal=who, now=clock.now())
        except DomainError as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"Declined: of what the run {run.id} told nothing is removed.")
