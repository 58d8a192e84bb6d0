"""`manage.py place_hold SHOP SUBJECT --reason TEXT`"""

import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.holds import queries
from projects import customers, legal_holds


class Command(BaseCommand):
    help = "Places a legal hold: nothing of what it stands on is purged, whoever wants it, until release_hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("subject", help="customer:ID, project:ID, order:ID or file:ID")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="why; for staff and the audit log")

    def handle(self, *, shop: str, subject: str, reason: str, **_: object) -> None:
        try:
            standing = queries.standing_on(shop, subject)
            hold = legal_holds.place(
                shop=shop,
                subject=subject,
                principal=principal.command(getpass.getuser()),
                reason=reason,
                now=clock.now(),
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"Hold {hold.id} on {hold.subject} is {hold.state}.")
        for one in standing:
            self.stdout.write(f"Another one stands there already: {one.id}, since {one.placed_at:%Y-%m-%d %H:%M} UTC.")
        if hold.kind == "customer" and not customers.is_known(shop, hold.of):
            self.stderr.write("Nothing is known of this customer. The hold keeps what may come; is the id right?")
