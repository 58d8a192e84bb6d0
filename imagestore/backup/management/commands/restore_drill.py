"""`manage.py restore_drill PLACE --table NEW --bucket NEW [--scrub N]`, then `restore_drill --remove --table NEW`"""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

import orjson
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from imagestore.backup import operations
from imagestore.backup.records import Restored
from imagestore.common import arguments, cases
from imagestore.common.errors import DomainError
from imagestore.common.vaults import VaultInvalid, vault

RECONCILERS = {
    "reconcile_files": ("--at-rest", "--json"),
    "reconcile_objects": ("--at-rest", "--json"),
    "reconcile_holders": ("--json",),
}
"""Of the domains that are mounted here."""


class Command(BaseCommand):
    help = (
        "Makes a clean table and bucket of a backup and tells what the reconcilers find there, as JSON lines. "
        "The table and bucket in use are only read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("place", nargs="?", default="", help="of the backup: a folder, or s3://BUCKET/PREFIX")
        parser.add_argument("--table", required=True, metavar="NAME", help="a table that does not exist")
        parser.add_argument("--bucket", default="", metavar="NAME", help="a bucket that does not exist, or is empty")
        scrubbed = arguments.number(0, cases.MOST_SCRUBBED)
        parser.add_argument(
            "--scrub", type=scrubbed, default=100, metavar="N", help="reads N originals against their SHA-256 (100)"
        )
        parser.add_argument("--remove", action="store_true", help="removes the table and bucket of a drill")

    def handle(self, *, place: str, table: str, bucket: str, scrub: int, remove: bool, **_: Any) -> None:
        if remove == bool(place) or remove == bool(bucket):
            raise CommandError("Say either PLACE --table NAME --bucket NAME, or --remove --table NAME.")
        try:
            if remove:
                self.stdout.write(f"The table {table} and the bucket {operations.remove_drill(table)} are removed.")
                return
            done = operations.restore(source=vault(place), table=table, bucket=bucket, tell=self.stderr.write)
        except VaultInvalid as error:
            raise CommandError(f"PLACE: {error.text}") from error
        except DomainError as error:
            raise CommandError(error.text) from error
        except KeyboardInterrupt:
            self.stderr.write(f"Interrupted. Remove what there is of it: restore_drill --remove --table {table}")
            raise SystemExit(130) from None
        with operations.bound_to(table, bucket):
            self._sum_up(done, self._compare(scrub), table)

    def _compare(self, scrub: int) -> Counter[str]:
        """Faults by name, each told as a line of JSON."""
        lines = _Lines(self)
        for name, options in RECONCILERS.items():
            if name not in get_commands():
                self.stderr.write(f"{name} is not run: its domain is not mounted here.")
                continue
            lines.by = name
            scrubbed = ("--scrub", str(scrub)) if name == "reconcile_files" else ()
            try:
                call_command(name, *options, *scrubbed, stdout=lines, stderr=self.stderr)
            except SystemExit as ended:
                if ended.code != 1:
                    raise
        return lines.faults

    def _sum_up(self, done: Restored, faults: Counter[str], table: str) -> None:
        for key in done.examples:
            self.stderr.write(f"{key} was removed for good since the backup.")
        named = ", ".join(f"{number} {fault}" for fault, number in sorted(faults.items())) or "nothing differs"
        self.stderr.write(
            f"{done.rows} rows and {done.objects} objects ({done.size} bytes) restored, {done.missing} objects are no "
            f"more; compared: {named}. Remove them with: manage.py restore_drill --remove --table {table}"
        )
        if faults:
            raise SystemExit(1)


class _Lines:
    """Where a reconciler writes its cases; they go on with its name."""

    def __init__(self, command: BaseCommand) -> None:
        self._command, self.by, self.faults = command, "", Counter[str]()

    def write(self, line: str) -> None:
        told = orjson.loads(line)
        self.faults[told["fault"]] += 1
        self._command.stdout.write(orjson.dumps({"by": self.by, **told}).decode())
