"""`manage.py reconcile_objects [--repair] [--inventory MANIFEST] [--at-rest] [--json]`"""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import cases, clock
from imagestore.common.cases import FOUND
from imagestore.common.errors import DomainError
from projects import operations
from projects.object_kinds import OBJECT_KINDS
from projects.operations.own_objects import Case, Seen
from projects.operations.reconciling import Repair


class Command(BaseCommand):
    help = (
        "Compares documents, cart copies, order snapshots and packages in the bucket with their rows, both ways. "
        "Changes nothing without --repair."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        cases.add_arguments(parser)
        cases.add_of_bucket(parser)

    def handle(self, *, repair: bool, json: bool, at_rest: bool, inventory: str | None, **_: object) -> None:
        seen, self.at_rest = Seen(), at_rest
        now = cases.judged_at(clock.now(), at_rest)
        try:
            found = operations.compare_objects(OBJECT_KINDS, now, seen, cases.listed_in(inventory))
            outcomes = cases.work_off(self, found, _words, self._repaired if repair else None, as_json=json)
        except DomainError as error:
            raise CommandError(error.text) from error
        cases.close(
            self,
            f"{seen.rows} rows and {seen.objects} objects of projects compared, {seen.others} objects are of no "
            f"project: {cases.in_words(outcomes)}.",
            as_json=json,
        )
        if outcomes[FOUND] or outcomes[Repair.IMPOSSIBLE] or outcomes["failed"]:
            raise SystemExit(1)

    def _repaired(self, case: Case) -> str:
        now = clock.now()
        try:
            return operations.repair_object(case, OBJECT_KINDS, now, judged_at=cases.judged_at(now, self.at_rest))
        except OSError as error:
            self.stderr.write(f"{case.key}: {error}")
            return "failed"


def _words(case: Case) -> str:
    whose = f" of project {case.of}" if case.of else ""
    return f"{case.fault}: {case.kind} {case.id}{whose} {case.key} {case.told}"
