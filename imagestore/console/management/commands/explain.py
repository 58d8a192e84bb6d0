"""`manage.py explain ID`"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common.retention import Explained
from imagestore.console import providers


class Command(BaseCommand):
    help = "Says what happens to a file, project or order, when, by which rule, and because of what."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id")

    def handle(self, *, id: str, **_: object) -> None:
        found = providers.explain(id.upper())
        if not found:
            raise CommandError(f"There is no file, project or order with the id {id}.")
        for words, explained in found:
            self.stdout.write(f"{words}\n{_told(explained)}")


def _told(explained: Explained) -> str:
    what = f"{explained.next} at {explained.at:%Y-%m-%d %H:%M} UTC" if explained.next else "nothing"
    lines = [
        f"Next: {what}",
        *explained.because,
        *(f"Held by {holder}." for holder in explained.held_by),
        *explained.held_back,
    ]
    return "".join(f"  {line}\n" for line in lines)
