import getpass
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import arguments, clock, principal
from imagestore.common.errors import DomainError
from imagestore.identity.records import Role
from imagestore.identity.staff import operations

Who = dict[str, Any]
Change = Callable[[Who], str]


class Command(BaseCommand):
    help = "Changes a staff member: role, a new password (told only this once), in or out, one-time codes off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--reason", required=True, type=arguments.reason, help="for the audit log")
        parser.add_argument("--role", choices=[str(role) for role in Role])
        parser.add_argument("--new-password", action="store_true", help="makes one and ends all sessions")
        parser.add_argument("--reset-one-time-codes", action="store_true", help="for who lost the phone")
        state = parser.add_mutually_exclusive_group()
        state.add_argument("--deactivate", action="store_true", help="no sign-in, and signed out at once")
        state.add_argument("--activate", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        who: Who = {
            "name": options["name"],
            "principal": principal.command(getpass.getuser()),
            "reason": options["reason"],
            "now": clock.now(),
        }
        changes = list(_changes(options))
        if not changes:
            raise CommandError("Say what to change: --role, --new-password, --deactivate, …")
        try:
            for change in changes:
                self.stdout.write(f"{options['name']}: {change(who)}")
        except DomainError as error:
            raise CommandError(error.text) from error


def _changes(options: dict[str, Any]) -> Iterator[Change]:
    """What may be refused goes first, and each tells at once: a password that is set is told whatever follows."""
    if options["role"]:
        yield partial(_set_role, options["role"])
    if options["deactivate"] or options["activate"]:
        yield partial(_set_active, options["activate"])
    if options["reset_one_time_codes"]:
        yield _reset_one_time_codes
    if options["new_password"]:
        yield _set_password


def _set_role(role: str, who: Who) -> str:
    operations.set_role(role=role, **who)
    return f"is {role} now"


def _set_active(active: bool, who: Who) -> str:
    operations.set_active(active=active, **who)
    return "can sign in" if active else "cannot sign in any more"


def _reset_one_time_codes(who: Who) -> str:
    operations.remove_totp(**who)
    return "signs in without one-time codes"


def _set_password(who: Who) -> str:
    password = secrets.token_urlsafe(15)
    operations.set_password(password=password, **who)
    return f"has the password {password}"
