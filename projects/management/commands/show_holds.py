"""`manage.py show_holds [SHOP]`"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from rich.box import SIMPLE
from rich.table import Table

from imagestore.common import terminal
from imagestore.common.errors import DomainError
from imagestore.holds import queries
from imagestore.holds.records import Hold
from imagestore.identity import queries as shops


class Command(BaseCommand):
    help = "Shows the legal holds of a shop, or of all: on what each stands, since when and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop", nargs="?")

    def handle(self, *, shop: str | None, **_: object) -> None:
        try:
            wanted = [shops.known_shop(shop).id] if shop else shops.shop_ids()
        except DomainError as error:
            raise CommandError(error.text) from error
        holds = [hold for one in wanted for hold in queries.holds_of_shop(one)]
        table = Table("hold", "shop", "on", "state", "since", "by", "why", box=SIMPLE)
        table.columns[0].no_wrap = True
        for hold in holds:
            table.add_row(*_told(hold))
        out = terminal.console(self.stdout)
        out.print(table)
        out.print(f"{len(holds)} holds, {sum(hold.stands for hold in holds)} of them stand.")


def _told(hold: Hold) -> tuple[str, ...]:
    since = f"{hold.placed_at:%Y-%m-%d %H:%M} UTC"
    return hold.id, hold.shop, hold.subject, hold.state, since, hold.placed_by, hold.reason
