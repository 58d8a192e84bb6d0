"""Commands that do one thing for a reason, which stands in the audit log."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError


class Reasoned(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", required=True, type=arguments.reason, help="why, for the audit log")

    def do(self, about: Any, **deed: Any) -> str:
        """What it says of what it did. `deed`: reason, principal and moment."""
        raise NotImplementedError

    def carry_out(self, about: Any, reason: str) -> None:
        who = principal.command(getpass.getuser())
        try:
            self.stdout.write(self.do(about, reason=reason, principal=who, now=clock.now()))
        except DomainError as error:
            raise CommandError(error.text) from error


class Decides(Reasoned):
    """About a run that awaits approval."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="of the run")
        super().add_arguments(parser)

    def handle(self, *, id: str, reason: str, **_: object) -> None:
        self.carry_out(id.upper(), reason)


class Switches(Reasoned):
    """The deletion of one shop, or of all."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", help="of this shop only")
        super().add_arguments(parser)

    def handle(self, *, shop: str | None, reason: str, **_: object) -> None:
        self.carry_out(shop, reason)
