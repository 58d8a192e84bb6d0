"""`manage.py reconcile_files [--repair] [--scrub N]`"""

from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError, CommandParser

from files import operations
from files.operations.reconciling import Case, Seen
from imagestore.common import clock
from imagestore.common.cases import FOUND, in_words, work_off
from imagestore.common.errors import DomainError


class Command(BaseCommand):
    help = "Compares the bucket with the table, both ways, and tells each difference. Changes nothing without --repair."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="looks at each case again, and sets it right")
        parser.add_argument("--scrub", type=int, default=0, metavar="N", help="reads N originals against their SHA-256")

    def handle(self, *, repair: bool, scrub: int, **_: object) -> None:
        seen = Seen()
        outcomes = work_off(self, _cases(seen, scrub), _words, self._repaired if repair else None)
        self.stdout.write(
            f"{seen.rows} files and {seen.objects} of their objects compared, {seen.others} objects are of no file: "
            f"{in_words(outcomes)}. Younger than a day and left alone: {seen.young} files."
        )
        if outcomes[FOUND] or outcomes["failed"]:
            raise SystemExit(1)

    def _repaired(self, case: Case) -> str:
        try:
            return operations.repair(case, clock.now())
        except DomainError as error:
            raise CommandError(error.text) from error
        except OSError as error:
            self.stderr.write(f"{case.key}: {error}")
            return "failed"


def _words(case: Case) -> str:
    return " ".join(part for part in (f"{case.fault}: file {case.file}", case.key, case.told) if part)


def _cases(seen: Seen, scrub: int) -> Iterator[Case]:
    now = clock.now()
    yield from operations.compare(now, seen)
    if scrub:
        yield from operations.scrub(scrub, now)
