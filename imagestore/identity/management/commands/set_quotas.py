"""`manage.py set_quotas SHOP --reason TEXT [--files N] [--bytes N] [--shop-bytes N | --no-shop-bytes]`"""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.identity import operations, queries


class Command(BaseCommand):
    help = "Changes the quotas of a shop; what is not named stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="for the audit log")
        parser.add_argument("--files", type=int, metavar="N", help="of each customer")
        parser.add_argument("--bytes", type=int, metavar="N", help="of each customer")
        whole = parser.add_mutually_exclusive_group()
        whole.add_argument("--shop-bytes", type=int, metavar="N", help="of all customers together")
        whole.add_argument("--no-shop-bytes", action="store_true", help="no limit of all together")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            shop = queries.stored_shop(options["shop"])
            whole = options["shop_bytes"] if options["shop_bytes"] is not None else shop.shop_byte_quota
            changed = operations.set_quotas(
                shop_id=shop.id,
                file_quota=shop.file_quota if options["files"] is None else options["files"],
                byte_quota=shop.byte_quota if options["bytes"] is None else options["bytes"],
                shop_byte_quota=None if options["no_shop_bytes"] else whole,
                principal=principal.command(getpass.getuser()),
                now=clock.now(),
                reason=options["reason"],
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        limit = changed.shop_byte_quota
        self.stdout.write(
            f"{shop.id}: {changed.file_quota} files and {changed.byte_quota} bytes for each customer, "
            f"{'any number of' if limit is None else limit} bytes for all together. Known everywhere within a minute."
        )
