"""`manage.py reconcile_holders [--repair]`"""

from django.core.management.base import BaseCommand, CommandParser

from imagestore.common import clock
from imagestore.common.cases import FOUND, in_words, work_off
from projects import operations
from projects.holder_kinds import HOLDER_KINDS
from projects.operations.reconciling import Case, Repair, Seen


class Command(BaseCommand):
    help = (
        "Compares what projects, carts and orders use with what photos tell of their holders, both ways. "
        "Changes nothing without --repair."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="looks at each case again, and sets it right")

    def handle(self, *, repair: bool, **_: object) -> None:
        seen = Seen()
        cases = operations.compare_holders(HOLDER_KINDS, seen)
        outcomes = work_off(self, cases, _words, _repaired if repair else None)
        self.stdout.write(
            f"{seen.users} projects, cart items and orders with {seen.uses} uses of photos, {seen.holds} holds: "
            f"{in_words(outcomes)}."
        )
        if outcomes[FOUND] or outcomes[Repair.IMPOSSIBLE]:
            raise SystemExit(1)


def _words(case: Case) -> str:
    return f"{case.fault}: photo {case.photo}, {case.holder}"


def _repaired(case: Case) -> str:
    return operations.repair_holder(case, HOLDER_KINDS, clock.now())
