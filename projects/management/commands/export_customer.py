"""`manage.py export_customer SHOP CUSTOMER --to FILE --reason TEXT`"""

import getpass
import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from projects import customers, exporting
from projects.exporting import Exported


class Command(BaseCommand):
    help = (
        "Writes all that is kept of a customer into a ZIP: data as JSON, every saved version, orders, originals. "
        "The file is there whole or not at all."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("customer", help="the shop's own id of the customer")
        parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="which must not be there yet")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="why, for the audit log")

    def handle(self, *, shop: str, customer: str, to: Path, reason: str, **_: object) -> None:
        if to.exists():
            raise CommandError(f"{to} is there already.")
        if not to.parent.is_dir():
            raise CommandError(f"There is no folder {to.parent}.")
        try:
            customers.require_known(shop, customer)
            exported = self._write(shop, customer, to, reason)
        except DomainError as error:
            raise CommandError(error.text) from error
        counts = ", ".join(f"{number} {word}" for word, number in exported.counts.items() if number)
        self.stdout.write(f"{to}: {counts or 'name and address alone'}.")
        for id, why in sorted(exported.problems.items()):
            self.stdout.write(f"  photo {id}: {why}")
        if exported.problems:
            raise CommandError(f"{len(exported.problems)} originals are not what they were; export.json names them.")

    def _write(self, shop: str, customer: str, to: Path, reason: str) -> Exported:
        """Beside its final place under another name, for its owner's eyes alone, until it is whole."""
        descriptor, part = tempfile.mkstemp(prefix=f".{to.name}.", dir=to.parent)
        try:
            with os.fdopen(descriptor, "wb") as into:
                exported = exporting.export_customer(
                    shop=shop,
                    customer=customer,
                    into=into,
                    principal=principal.command(getpass.getuser()),
                    reason=reason,
                    now=clock.now(),
                    tell=self._tell,
                )
            os.replace(part, to)
        finally:
            Path(part).unlink(missing_ok=True)
        return exported

    def _tell(self, files: int, size: int) -> None:
        self.stderr.write(f"{files} photos, {size} bytes so far")
