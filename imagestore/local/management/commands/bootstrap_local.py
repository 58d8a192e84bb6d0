import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from imagestore.common import clock, principal
from imagestore.local.bootstrap import bootstrap
from imagestore.local.demo_shop import ensure_demo_shop, ensure_staff


class Command(BaseCommand):
    help = "Makes what a local imagestore needs: table, bucket, queues, a demo shop, a staff member."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--origin", action="append", default=[], help="a web origin of the demo shop")

    def handle(self, *args: Any, **options: Any) -> None:
        bootstrap()
        now, who = clock.now(), principal.command(getpass.getuser())
        made = (
            ensure_demo_shop(origins=options["origin"], principal=who, now=now),
            ensure_staff(principal=who, now=now),
        )
        for line in filter(None, made):
            self.stdout.write(line)
