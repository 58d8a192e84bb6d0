"""`manage.py show_run [ID]`"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import terminal
from imagestore.common.errors import DomainError
from scheduler import queries
from scheduler.management import showing


class Command(BaseCommand):
    help = "Shows a run: what it planned and did, and what failed why. Without an id: the latest runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", nargs="?")

    def handle(self, *, id: str | None, **_: object) -> None:
        out = terminal.console(self.stdout)
        try:
            out.print(showing.report(queries.run(id)) if id else showing.overview())
        except DomainError as error:
            raise CommandError(error.text) from error
