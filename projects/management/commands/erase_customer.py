"""`manage.py erase_customer SHOP CUSTOMER --reason TEXT [--yes]`"""

import getpass
from argparse import ArgumentParser
from collections.abc import Mapping

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from projects import operations
from projects.holder_kinds import HOLDER_KINDS
from projects.records import Erasure


class Command(BaseCommand):
    help = (
        "Erases a customer for good: projects, photos, visits, name and email. Photos that others use are theirs from "
        "then on, without a name. May be repeated, also after a crash."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("customer", help="the shop's own id of the customer")
        parser.add_argument("--reason", required=True, type=arguments.words, help="why, for the audit log")
        parser.add_argument("--yes", action="store_true", help="do not ask again")

    def handle(self, *, shop: str, customer: str, reason: str, yes: bool, **_: object) -> None:
        if not yes and input(f"Nothing of it comes back. Type the customer's id to erase {customer}: ") != customer:
            raise CommandError("Nothing was erased.")
        try:
            erased = operations.erase_owner(
                shop=shop,
                owner=f"customer:{customer}",
                principal=principal.command(getpass.getuser()),
                reason=reason,
                now=clock.now(),
                kinds=HOLDER_KINDS,
                tell=self._tell,
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        self._sum_up(erased)

    def _tell(self, so_far: Erasure) -> None:
        self.stderr.write(f"{so_far.files} photos purged, {so_far.handed_over} handed over")

    def _sum_up(self, erased: Erasure) -> None:
        others = "".join(f", {number} {word}" for word, number in sorted(erased.ended.items()) if number)
        self.stdout.write(
            f"{erased.projects} projects and {erased.files} photos ({erased.size} bytes) purged{others}; "
            f"{erased.handed_over} photos handed to others who use them, {len(erased.kept)} kept."
        )
        self._list("kept for", erased.kept)
        self._list("waits:", erased.waiting)
        if not erased.complete:
            raise CommandError(f"{len(erased.waiting)} photos are left. Repeat this in an hour.")

    def _list(self, why: str, photos: Mapping[str, str]) -> None:
        for id, cause in sorted(photos.items()):
            self.stdout.write(f"  photo {id} {why} {cause}")
