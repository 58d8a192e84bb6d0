"""`manage.py reconcile_holders [--repair] [--json]`"""

from django.core.management.base import BaseCommand, CommandParser

from imagestore.common import cases, clock
from imagestore.common.cases import FOUND
from projects import operations
from projects.holder_kinds import HOLDER_KINDS
from projects.operations.reconciling import Case, Repair, Seen


class Command(BaseCommand):
    help = (
        "Compares what projects, carts and orders use with what photos tell of their holders, both ways. "
        "Changes nothing without --repair."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        cases.add_arguments(parser)

    def handle(self, *, repair: bool, json: bool, **_: object) -> None:
        seen = Seen()
        found = operations.compare_holders(HOLDER_KINDS, seen)
        outcomes = cases.work_off(self, found, _words, _repaired if repair else None, as_json=json)
        cases.close(
            self,
            f"{seen.users} projects, cart items and orders with {seen.uses} uses of photos, {seen.holds} holds: "
            f"{cases.in_words(outcomes)}.",
            as_json=json,
        )
        if outcomes[FOUND] or outcomes[Repair.IMPOSSIBLE]:
            raise SystemExit(1)


def _words(case: Case) -> str:
    return f"{case.fault}: photo {case.photo}, {case.holder}"


def _repaired(case: Case) -> str:
    return operations.repair_holder(case, HOLDER_KINDS, clock.now())
