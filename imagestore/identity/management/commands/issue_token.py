from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import clock
from imagestore.identity import claims, key_files, signing
from imagestore.identity.errors import TokenInvalid


class Command(BaseCommand):
    help = "Prints a token as the shop would sign it. Development only: production keeps no shop's private key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("--customer", metavar="ID", help="without it (and --session) the shop's server acts")
        parser.add_argument("--session", metavar="ID", help="the upload session of a visit")
        parser.add_argument(
            "--scope",
            action="append",
            choices=sorted(claims.SCOPES),
            help="repeatable (default: all that fit)",
        )
        parser.add_argument("--hours", type=float, default=1, help="lifetime, at most 24 (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IMAGESTORE_DEVELOPMENT:
            raise CommandError("In production shops sign their tokens themselves; this command is for development.")
        if not 0 < options["hours"] <= claims.LONGEST_LIFE / 3600:
            raise CommandError("--hours is more than 0 and at most 24.")
        try:
            claims.principal(options["shop"], {"sub": options["customer"], "sid": options["session"]})
        except TokenInvalid as error:
            raise CommandError(f"{error.text} (sub is --customer, sid --session)") from error
        file = key_files.local_file(options["shop"])
        try:
            key = key_files.read(file)
        except (OSError, ValueError) as error:
            raise CommandError(
                f"There is no private key at {file}: make the shop with `manage.py create_shop "
                f"{options['shop']} --generate-key`."
            ) from error
        is_shop = options["customer"] is None and options["session"] is None
        token = signing.sign(
            key,
            shop=options["shop"],
            now=clock.now(),
            customer=options["customer"],
            session=options["session"],
            scopes=options["scope"] or sorted(claims.SCOPES if is_shop else claims.CUSTOMER_SCOPES),
            lifetime=timedelta(hours=options["hours"]),
        )
        self.stdout.write(token)
