import getpass
import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import clock, principal
from imagestore.common.errors import DomainError
from imagestore.identity import operations
from imagestore.identity.records import Role


class Command(BaseCommand):
    help = "Makes a staff member and tells a password for the staff site, only this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="2 to 64 of a-z, 0-9, '.', '_', '@' and '-'")
        parser.add_argument("--role", choices=[str(role) for role in Role], default=str(Role.VIEWER))

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(15)
        try:
            operations.create_staff(
                name=options["name"],
                password=password,
                role=options["role"],
                principal=principal.command(getpass.getuser()),
                now=clock.now(),
                reason="manage.py create_staff",
            )
        except DomainError as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"Staff member {options['name']} is made. Password: {password}")
