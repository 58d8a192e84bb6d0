"""`manage.py sum_usage SHOP`"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from files import operations
from files.records import Usage
from imagestore.common import clock
from imagestore.identity import queries as shops


class Command(BaseCommand):
    help = "Sums what the customers of a shop use, as the task does that keeps the sum of a shop with a limit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop")

    def handle(self, *, shop: str, **_: Any) -> None:
        found = shops.shop(shop)
        if found is None:
            raise CommandError(f"There is no shop {shop}.")
        total = operations.sum_shop(shop=shop, after="", so_far=Usage(), now=clock.now())
        if total is None:
            self.stdout.write("The first 10,000 customers are summed; a worker goes on with the others.")
            return
        limit = found.shop_byte_quota
        of_limit = f" of {limit}" if limit else ", without a limit"
        self.stdout.write(f"{shop}: {total.used_files} files, {total.used_bytes} bytes{of_limit}")
