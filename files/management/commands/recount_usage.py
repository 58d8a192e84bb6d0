from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from files import operations, queries, rules
from files.records import Owner
from imagestore.common import clock
from imagestore.common.browse import Window
from imagestore.identity import queries as shops


class Command(BaseCommand):
    help = "Counts again what the customers of a shop use, sets it right and tells each difference. May be repeated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("--customer", metavar="ID", help="only this one")
        parser.add_argument("--after", metavar="ID", default="", help="goes on after this customer")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = options["shop"]
        if shops.shop(shop) is None:
            raise CommandError(f"There is no shop {shop}.")
        wanted = [options["customer"]] if options["customer"] else _customers(shop, options["after"])
        counted = changed = busy = 0
        for customer in wanted:
            found = operations.recount(shop=shop, owner=rules.owner_of(customer), now=clock.now())
            counted, busy = counted + (found is not None), busy + (found is None)
            if found is None:
                self.stderr.write(f"{customer}: unknown, or registering files at this moment; ask again later")
            elif found.differs:
                changed += 1
                before, exact = found.before, found.exact
                self.stdout.write(
                    f"{customer}: {before.used_files} files, {before.used_bytes} bytes"
                    f" -> {exact.used_files} files, {exact.used_bytes} bytes"
                )
            if counted % 1000 == 0 and counted:
                self.stderr.write(f"{counted} counted, the last one {customer}")
        self.stdout.write(f"{counted} customers counted, {changed} set right, {busy} left out.")


def _customers(shop: str, after: str) -> Iterator[str]:
    """By their ids, a page at a time."""
    window = Window(limit=100, after=rules.owner_of(after) if after else "")
    while True:
        leaf = queries.leaf_of_owners(window, shop=shop)
        yield from (_named(owner) for owner in leaf.items)
        if not leaf.more_after:
            return
        window = Window(limit=100, after=leaf.last)


def _named(owner: Owner) -> str:
    return owner.customer
