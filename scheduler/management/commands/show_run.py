"""`manage.py show_run [ID] [--items] [--against ID]`"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import terminal
from imagestore.common.errors import DomainError
from scheduler import queries, rules
from scheduler.management import showing


class Command(BaseCommand):
    help = "Shows a run: what it planned and did, and what failed why. Without an id: the latest runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", nargs="?")
        parser.add_argument("--items", action="store_true", help="what it did one by one: id, word, bytes, with tabs")
        parser.add_argument(
            "--against",
            metavar="ID",
            help="items that this run did otherwise than that one; after a dry run, also those of the runs in between",
        )

    def handle(self, *, id: str | None, items: bool, against: str | None, **_: object) -> None:
        if (items or against) and not id:
            raise CommandError("Say of which run: its id comes first.")
        if id and (items or against):
            self._list(id, against)
            return
        out = terminal.console(self.stdout)
        try:
            out.print(showing.report(queries.run(id)) if id else showing.overview())
            if not id and (asked := showing.awaiting()):
                out.print(asked)
        except DomainError as error:
            raise CommandError(error.text) from error

    def _list(self, id: str, against: str | None) -> None:
        try:
            run, number = queries.run(id), 0
            self.stderr.write(f"{rules.listed(run.job)}; {run.done:,} in all.")
            if against is None:
                for item in queries.items(id):
                    self.stdout.write("\t".join(map(str, item)))
                return
            self.stdout.write(f"id\tin {against}\tin {id}")
            for number, told in enumerate(queries.differences(queries.run(against), run), start=1):  # noqa: B007
                self.stdout.write("\t".join(word or "not met" for word in told))
            self.stdout.write(f"{number} items differ.")
        except DomainError as error:
            raise CommandError(error.text) from error
