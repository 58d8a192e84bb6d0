"""`manage.py reconcile_holders [--repair]`"""

from collections import Counter

from django.core.management.base import BaseCommand, CommandParser

from imagestore.common import clock
from projects import operations
from projects.holder_kinds import HOLDER_KINDS
from projects.operations.reconciling import Seen

TOLD_EVERY = 1000


class Command(BaseCommand):
    help = (
        "Compares what projects, carts and orders use with what photos tell of their holders, both ways. "
        "Changes nothing without --repair."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="looks at each case again, and sets it right")

    def handle(self, *, repair: bool, **_: object) -> None:
        seen, outcomes = Seen(), Counter[str]()
        try:
            for number, case in enumerate(operations.compare_holders(HOLDER_KINDS, seen), start=1):
                outcome = operations.repair_holder(case, HOLDER_KINDS, clock.now()) if repair else "found"
                outcomes[outcome] += 1
                self.stdout.write(f"{case.fault}: photo {case.photo}, {case.holder} ({outcome})")
                if number % TOLD_EVERY == 0:
                    self.stderr.write(f"{number} cases so far")
        except KeyboardInterrupt:
            self.stderr.write("Interrupted. What was repaired is repaired; begin again.")
            raise SystemExit(130) from None
        self.stdout.write(
            f"{seen.users} projects, cart items and orders with {seen.uses} uses of photos, {seen.holds} holds: "
            f"{sum(outcomes.values())} cases{''.join(f', {number} {word}' for word, number in outcomes.items())}."
        )
        if outcomes["found"] or outcomes["impossible"]:
            raise SystemExit(1)
