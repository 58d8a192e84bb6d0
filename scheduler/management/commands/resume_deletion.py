"""`manage.py resume_deletion [--shop SHOP] --reason TEXT`"""

import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from scheduler import operations


class Command(BaseCommand):
    help = "Lets the sweep delete again what is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--shop", help="of this shop only")
        parser.add_argument("--reason", required=True, type=arguments.words, help="why, for the audit log")

    def handle(self, *, shop: str | None, reason: str, **_: object) -> None:
        who = principal.command(getpass.getuser())
        try:
            operations.resume_deletion(shop=shop, reason=reason, principal=who, now=clock.now())
        except DomainError as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"Deletion of the shop {shop} is resumed." if shop else "Deletion is resumed.")
