"""`manage.py set_policy SHOP FILE --reason TEXT`; `show_policy` prints what it takes."""

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.common.retention import PolicyInvalid, changes, parse_policy
from imagestore.identity import operations, queries


class Command(BaseCommand):
    help = "Replaces the retention policy of a shop and says what changed, rule by rule."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("file", help="the policy as JSON (docs/retention.md); - reads standard input")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="for the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        text = _read(options["file"])
        try:
            before = queries.stored_shop(options["shop"])
            after = operations.set_policy(
                shop_id=before.id,
                policy=parse_policy(text),
                principal=principal.command(getpass.getuser()),
                now=clock.now(),
                reason=options["reason"],
                revision=before.revision,
            )
        except PolicyInvalid as error:
            raise CommandError(f"{error.field}: {error.text}") from error
        except DomainError as error:
            raise CommandError(error.text) from error
        told = changes(before.policy, after.policy) or ["nothing is different from before"]
        self.stdout.write("\n".join((f"{after.id}: known everywhere within a minute.", *told)))
        if before.policy.rules != after.policy.rules:
            self.stderr.write("A run redate tells in a minute what that makes of dates: manage.py show_run")


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}.") from error
