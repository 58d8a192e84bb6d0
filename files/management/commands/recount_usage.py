"""`manage.py recount_usage SHOP [--customer ID] [--after ID]`"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser

from files import operations, queries, rules
from files.operations import recounting
from files.operations.recounting import Outcome, Recount
from imagestore.common import clock
from imagestore.common.browse import Window
from imagestore.identity import queries as shops

TOLD_EVERY = 1000


class Command(BaseCommand):
    help = "Counts again what the customers of a shop use, sets it right and tells each difference. May be repeated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("--customer", metavar="ID", help="only this one")
        parser.add_argument("--after", metavar="ID", default="", help="goes on after this customer")

    def handle(self, *, shop: str, customer: str | None, after: str, **_: object) -> None:
        if shops.shop(shop) is None:
            raise CommandError(f"There is no shop {shop}.")
        self.tally, self.last = Counter[Outcome](), after
        try:
            noted = self._count(shop, [customer] if customer else _customers(shop, after))
            if noted:
                self._wait(len(noted))
                self.tally[Outcome.NOTED] = 0
                self._count(shop, noted)
        except KeyboardInterrupt:
            self._sum_up()
            self.stderr.write(f"Interrupted. Go on with --after {self.last}" if self.last else "Interrupted.")
            raise SystemExit(130) from None
        self._sum_up()

    def _count(self, shop: str, customers: Iterable[str]) -> list[str]:
        """Answers whose difference was noted: to be looked at again."""
        noted = []
        for number, customer in enumerate(customers, start=1):
            found = operations.recount(shop=shop, owner=rules.owner_of(customer), now=clock.now())
            self.tally[found.outcome] += 1
            self._tell(customer, found)
            if found.outcome == Outcome.NOTED:
                noted.append(customer)
            if number % TOLD_EVERY == 0:
                self.stderr.write(f"{number} counted, the last one {customer}")
            self.last = max(self.last, customer)
        return noted

    def _tell(self, customer: str, found: Recount) -> None:
        if found.outcome in (Outcome.BUSY, Outcome.UNKNOWN):
            self.stderr.write(f"{customer}: {_LEFT_OUT[found.outcome]}")
        elif found.outcome != Outcome.RIGHT:
            before, exact = found.before, found.exact
            self.stdout.write(
                f"{customer}: {before.used_files} files, {before.used_bytes} bytes"
                f" -> {exact.used_files} files, {exact.used_bytes} bytes ({found.outcome})"
            )

    def _wait(self, number: int) -> None:
        """A difference may be something under way; what is left of it then is none."""
        until: datetime = clock.now() + recounting.QUIET
        self.stderr.write(f"{number} differ; looking again at {until:%H:%M:%S} UTC")
        time.sleep(recounting.QUIET.total_seconds())

    def _sum_up(self) -> None:
        left_out = self.tally[Outcome.BUSY] + self.tally[Outcome.UNKNOWN]
        self.stdout.write(
            f"{self.tally[Outcome.RIGHT] + self.tally[Outcome.CORRECTED]} customers counted, "
            f"{self.tally[Outcome.CORRECTED]} set right, {self.tally[Outcome.NOTED]} to be looked at again, "
            f"{left_out} left out."
        )


_LEFT_OUT = {
    Outcome.BUSY: "registering files, or a visit is being handed over; ask again later",
    Outcome.UNKNOWN: "there is no such customer",
}


def _customers(shop: str, after: str) -> Iterator[str]:
    """By their ids, a page at a time."""
    window = Window(limit=100, after=rules.owner_of(after) if after else "")
    while True:
        leaf = queries.leaf_of_owners(window, shop=shop)
        yield from (owner.customer for owner in leaf.items)
        if not leaf.more_after:
            return
        window = Window(limit=100, after=leaf.last)
