"""`manage.py pause_deletion --reason TEXT`"""

import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from imagestore.common import arguments, clock, principal
from scheduler import operations


class Command(BaseCommand):
    help = "Pauses all deletion by the sweep, at once and until resume_deletion. Dry runs still work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", required=True, type=arguments.words, help="why, for the audit log")

    def handle(self, *, reason: str, **_: object) -> None:
        operations.pause_deletion(reason=reason, principal=principal.command(getpass.getuser()), now=clock.now())
        self.stdout.write("Deletion is paused.")
