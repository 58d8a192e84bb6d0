import getpass
import secrets
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import clock, principal
from imagestore.common.errors import DomainError
from imagestore.identity.records import Role
from imagestore.identity.staff import operations


class Command(BaseCommand):
    help = "Changes a staff member: role, a new password (told only this once), in or out, one-time codes off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--reason", required=True, help="for the audit log")
        parser.add_argument("--role", choices=[str(role) for role in Role])
        parser.add_argument("--new-password", action="store_true", help="makes one and ends all sessions")
        parser.add_argument("--remove-one-time-codes", action="store_true", help="for who lost the phone")
        state = parser.add_mutually_exclusive_group()
        state.add_argument("--deactivate", action="store_true", help="no sign-in, and signed out at once")
        state.add_argument("--activate", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        who: dict[str, Any] = {
            "name": options["name"],
            "principal": principal.command(getpass.getuser()),
            "reason": options["reason"],
            "now": clock.now(),
        }
        try:
            done = list(_changes(who, options))
        except DomainError as error:
            raise CommandError(error.text) from error
        if not done:
            raise CommandError("Say what to change: --role, --new-password, --deactivate, …")
        for line in done:
            self.stdout.write(f"{options['name']}: {line}")


def _changes(who: dict[str, Any], options: dict[str, Any]) -> Iterator[str]:
    if options["role"]:
        operations.set_role(role=options["role"], **who)
        yield f"is {options['role']} now"
    if options["new_password"]:
        password = secrets.token_urlsafe(15)
        operations.set_password(password=password, **who)
        yield f"has the password {password}"
    if options["remove_one_time_codes"]:
        operations.remove_totp(**who)
        yield "signs in without one-time codes"
    if options["deactivate"] or options["activate"]:
        operations.set_active(active=options["activate"], **who)
        yield "can sign in" if options["activate"] else "cannot sign in any more"
