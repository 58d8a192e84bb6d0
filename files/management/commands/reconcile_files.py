"""`manage.py reconcile_files [--repair] [--scrub N] [--inventory MANIFEST] [--at-rest] [--json]`"""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError, CommandParser

from files import operations
from files.operations.reconciling import Case, Seen
from files.operations.reconciling_usage import Owners, WrongUsage
from files.operations.recounting import QUIET, Outcome
from imagestore.common import arguments, cases, clock
from imagestore.common.cases import FOUND
from imagestore.common.errors import DomainError
from imagestore.common.inventory import Inventory


class Command(BaseCommand):
    help = "Compares the bucket with the table, both ways, and tells each difference. Changes nothing without --repair."

    def add_arguments(self, parser: CommandParser) -> None:
        cases.add_arguments(parser)
        cases.add_of_bucket(parser)
        scrubbed = arguments.number(0, cases.MOST_SCRUBBED)
        parser.add_argument(
            "--scrub", type=scrubbed, default=0, metavar="N", help="reads N originals against their SHA-256"
        )

    def handle(
        self, *, repair: bool, scrub: int, json: bool, at_rest: bool, inventory: str | None, **_: object
    ) -> None:
        self.seen, self.owners, self.noted = Seen(), Owners(), list[WrongUsage]()
        try:
            found = self._cases(scrub, cases.judged_at(clock.now(), at_rest), cases.listed_in(inventory))
            outcomes = self._work_off(found, repair, json)
        except DomainError as error:
            raise CommandError(error.text) from error
        if self.noted:
            outcomes = outcomes - Counter({Outcome.NOTED: len(self.noted)}) + self._look_again(json)
        self._sum_up(outcomes, json)
        if outcomes[FOUND] or outcomes["failed"]:
            raise SystemExit(1)

    def _cases(self, scrub: int, now: datetime, listed: Inventory | None) -> Iterator[Case | WrongUsage]:
        yield from operations.compare(now, self.seen, listed)
        yield from operations.compare_usage(now, self.owners)
        if scrub:
            yield from operations.scrub(scrub, now)

    def _work_off(self, found: Iterator[Case | WrongUsage], repair: bool, json: bool) -> Counter[str]:
        return cases.work_off(self, found, _words, self._repaired if repair else None, as_json=json)

    def _repaired(self, case: Case | WrongUsage) -> str:
        if isinstance(case, WrongUsage):
            return self._counted(case)
        try:
            return operations.repair(case, clock.now())
        except OSError as error:
            self.stderr.write(f"{case.key}: {error}")
            return "failed"

    def _counted(self, case: WrongUsage) -> str:
        outcome = operations.repair_usage(case, clock.now())
        if outcome == Outcome.NOTED:
            self.noted.append(case)
        return outcome

    def _look_again(self, json: bool) -> Counter[str]:
        """A difference may be something under way; what is left of it then is none."""
        noted, self.noted = self.noted, []
        self.stderr.write(f"{len(noted)} customers' counts differ; looking again at {clock.now() + QUIET:%H:%M:%S} UTC")
        time.sleep(QUIET.total_seconds())
        return self._work_off(iter(noted), True, json)

    def _sum_up(self, outcomes: Counter[str], json: bool) -> None:
        seen, busy = self.seen, f" ({self.owners.busy} busy)" if self.owners.busy else ""
        cases.close(
            self,
            f"{seen.rows} files and {seen.objects} of their objects compared, {seen.others} objects are of no file, "
            f"{self.owners.owners} customers{busy} counted: {cases.in_words(outcomes)}. "
            f"Younger than a day and left alone: {seen.young} files.",
            as_json=json,
        )


def _words(case: Case | WrongUsage) -> str:
    if isinstance(case, WrongUsage):
        return f"{case.fault}: {case.owner} of {case.shop} {case.told}"
    return " ".join(part for part in (f"{case.fault}: file {case.file}", case.key, case.told) if part)
