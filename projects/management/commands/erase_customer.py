"""`manage.py erase_customer SHOP CUSTOMER --reason TEXT [--certificate FILE] [--yes]`"""

import getpass
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from projects import certificates, customers, operations
from projects.holder_kinds import ERASED_KINDS
from projects.records import Erasure


class Command(BaseCommand):
    help = (
        "Erases a customer for good: projects, photos, visits, name and email. Photos that others use are theirs from "
        "then on, without a name. What the law keeps stays and is named. May be repeated, also after a crash."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("customer", help="the shop's own id of the customer")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="why, for the audit log")
        parser.add_argument("--certificate", type=Path, metavar="FILE", help="where the certificate is written, too")
        parser.add_argument("--yes", action="store_true", help="do not ask again")

    def handle(
        self, *, shop: str, customer: str, reason: str, certificate: Path | None, yes: bool, **_: object
    ) -> None:
        if certificate and certificate.exists():
            raise CommandError(f"--certificate: {certificate} is there already. Name another file.")
        try:
            customers.require_known(shop, customer)
            if not yes and _typed(customer) != customer:
                raise CommandError("Nothing was erased.")
            erased = operations.erase_owner(
                shop=shop,
                owner=f"customer:{customer}",
                principal=principal.command(getpass.getuser()),
                reason=reason,
                now=clock.now(),
                kinds=ERASED_KINDS,
                tell=self._tell,
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        self._sum_up(erased)
        self._certify(erased, certificate)

    def _tell(self, so_far: Erasure) -> None:
        self.stderr.write(f"{so_far.files} photos purged, {so_far.handed_over} handed over")

    def _sum_up(self, erased: Erasure) -> None:
        others = "".join(f", {number} {word}" for word, number in sorted(erased.ended.items()) if number)
        self.stdout.write(
            f"{erased.projects} projects and {erased.files} photos ({erased.size} bytes) purged{others}; "
            f"{erased.handed_over} photos handed to others who use them, {len(erased.kept)} kept."
        )
        for subject, why in sorted(erased.spared.items()):
            self.stdout.write(f"  {subject.replace(':', ' ', 1)} stays: {why}")
        self._list("kept for", erased.kept)
        self._list("waits:", erased.waiting)
        if not erased.complete:
            raise CommandError(f"{len(erased.waiting)} photos are left. Repeat this in an hour.")

    def _certify(self, erased: Erasure, file: Path | None) -> None:
        body = erased.certificate or b""
        counts = ", ".join(f"{number} {word}" for word, number in certificates.counts_in(body).items() if number)
        self.stdout.write(f"Certified, of all tries together: {counts or 'nothing was there'}.")
        self.stdout.write(f"SHA-256 of the certificate, as in the audit log: {certificates.digest(body)}")
        if file:
            file.write_bytes(body)

    def _list(self, why: str, photos: Mapping[str, str]) -> None:
        for id, cause in sorted(photos.items()):
            self.stdout.write(f"  photo {id} {why} {cause}")


def _typed(customer: str) -> str:
    try:
        return input(f"Nothing of it comes back. Type the customer's id to erase {customer}: ")
    except EOFError:
        raise CommandError("Nothing was erased: nobody could be asked. Where nobody types, say --yes.") from None
