"""`manage.py show_policy SHOP`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common.errors import DomainError
from imagestore.common.retention import deciding, guard_in_words, written
from imagestore.identity import queries


class Command(BaseCommand):
    help = "Prints the retention policy of a shop as it is stored, and which rule decides of each subject."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            shop = queries.stored_shop(options["shop"])
            lines = [str(line) for line in deciding(shop.policy)]
        except DomainError as error:
            raise CommandError(error.text) from error
        kept = f"autosaves: the last {shop.policy.kept_autosaves} of each project"
        guard = f"guard: {guard_in_words(shop.policy.guard)} may go in 24 hours without approval"
        self.stdout.write("\n".join((written(shop.rules), "", *lines, kept, guard)))
