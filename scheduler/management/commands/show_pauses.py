"""`manage.py show_pauses`"""

from django.core.management.base import BaseCommand
from rich.box import SIMPLE
from rich.table import Table

from imagestore.common import terminal
from scheduler import queries


class Command(BaseCommand):
    help = "Shows of which shops deletion is paused, since when, by whom and why."

    def handle(self, **_: object) -> None:
        found, out = queries.pauses(), terminal.console(self.stdout)
        if not found:
            out.print("Deletion is paused for no shop.")
            return
        table = Table("paused", "since", "by", "why", box=SIMPLE)
        for pause in found:
            entry = pause.entry
            told = (f"{entry.at:%Y-%m-%d %H:%M:%S} UTC", entry.actor, entry.reason) if entry else ("-", "-", "-")
            table.add_row(pause.shop or "all shops", *told)
        out.print(table)
