import signal
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from imagestore.local.poller import ROUTES, Poller
from imagestore.local.queues import UPLOADS


class Command(BaseCommand):
    help = "Confirms uploads as Lambda does on AWS: polls their queue until ended by SIGTERM or Ctrl-C."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        poller = Poller(UPLOADS, import_string(ROUTES[UPLOADS]))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: poller.stop())
        poller.run()
