"""`manage.py redate SHOP`"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import clock, redating
from imagestore.common.errors import DomainError
from imagestore.identity import queries as shops


class Command(BaseCommand):
    help = "Surveys what the shop's policy makes of the dates of its customers' files, projects, cart items and orders."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")

    def handle(self, *, shop: str, **_: object) -> None:
        try:
            run = redating.ask(shops.stored_shop(shop).id, clock.now())
        except DomainError as error:
            raise CommandError(error.text) from error
        if run is None:
            raise CommandError("There is no queue of the files' tasks: deploy the files first.")
        self.stdout.write(
            f"Asked for: manage.py show_run {run} tells what changes. It is done at once, unless too much would be "
            "due within a day; then it awaits approval."
        )
