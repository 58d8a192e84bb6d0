"""`manage.py backup --to PLACE --reason TEXT [--segments N] [--with-objects]`"""

import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.backup import operations
from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.common.vaults import VaultInvalid, vault

MOST_SEGMENTS = 10_000


class Command(BaseCommand):
    help = (
        "Writes all rows, and which versions of all objects were current when the last row was read, to a folder or a "
        "prefix in another bucket. Changes nothing; interrupted, it goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, metavar="PLACE", help="a folder, or s3://BUCKET/PREFIX")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="why, for the audit log")
        segments = arguments.number(1, MOST_SEGMENTS)
        parser.add_argument(
            "--segments", type=segments, default=16, metavar="N", help="parts of rows, one for each gigabyte (16)"
        )
        parser.add_argument("--with-objects", action="store_true", help="copies all bytes too, inside of S3")

    def handle(self, *, to: str, reason: str, segments: int, with_objects: bool, **_: object) -> None:
        try:
            made = operations.back_up(
                to=vault(to),
                segments=segments,
                with_objects=with_objects,
                principal=principal.command(getpass.getuser()),
                reason=reason,
                clock=clock.now,
                tell=self.stderr.write,
            )
        except VaultInvalid as error:
            raise CommandError(f"--to: {error.text}") from error
        except DomainError as error:
            raise CommandError(error.text) from error
        except OSError as error:
            raise CommandError(f"--to: {error.filename or to} cannot be written: {error.strerror or error}") from error
        except KeyboardInterrupt:
            self.stderr.write("Interrupted. The parts that are done are kept: give the same command again.")
            raise SystemExit(130) from None
        self.stdout.write(
            f"{made.number_of_rows} rows read from {made.begun.began_at:%Y-%m-%d %H:%M:%S} UTC on, and "
            f"{made.number_of_objects} objects as of {made.at:%Y-%m-%d %H:%M:%S} UTC, are in {to}"
            f"{', with their bytes' if with_objects else ''}."
        )
