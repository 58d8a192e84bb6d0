"""`manage.py show_statistics SHOP [--days 30]`"""

import dataclasses
from argparse import ArgumentParser
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from rich.box import SIMPLE
from rich.table import Table

from imagestore.common import arguments, clock, statistics, terminal
from imagestore.identity import queries as shops

MOST_DAYS = 366


class Command(BaseCommand):
    help = "Shows what happened in a shop on its last days (UTC), up to yesterday. Saves are counted in tens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("--days", type=arguments.number(1, MOST_DAYS), default=30, help="1 to 366; 30 unless told")

    def handle(self, *, shop: str, days: int, **_: object) -> None:
        if shops.shop(shop) is None:
            raise CommandError(f"There is no shop {shop}.")
        shown = statistics.last_days(shop, clock.now().date() - timedelta(days=1), days)
        names = [field.name for field in dataclasses.fields(statistics.Day) if field.name != "day"]
        table = Table("day", *(name.replace("_", " ") for name in names), box=SIMPLE)
        table.columns[0].no_wrap = True
        for day in shown:
            table.add_row(day.day, *(_cell(getattr(day, name)) for name in names))
        table.add_section()
        table.add_row("all", *(_cell(sum(getattr(day, name) or 0 for day in shown)) for name in names))
        terminal.console(self.stdout).print(table)


def _cell(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"
