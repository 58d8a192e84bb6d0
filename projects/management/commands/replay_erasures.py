"""`manage.py replay_erasures [--since INSTANT] --reason TEXT`"""

import getpass
from argparse import ArgumentParser
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock, principal, sealing
from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from projects import legal_holds, operations
from projects.holder_kinds import ERASED_KINDS
from projects.operations.replaying import Replayed


class Command(BaseCommand):
    help = (
        "After a restore of the table: places again the legal holds that it lost, then erases again what it brought "
        "back of customers who had been erased. May be repeated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", type=arguments.instant, help="erasures that began then or later; a day before what was restored"
        )
        parser.add_argument("--reason", required=True, type=arguments.reason, help="why, for the audit log")

    def handle(self, *, since: datetime | None, reason: str, **_: object) -> None:
        who = principal.command(getpass.getuser())
        try:
            failed = self._place(who, reason) + self._erase(who, since, reason)
        except DomainError as error:
            raise CommandError(error.text) from error
        except sealing.SealBroken as error:
            raise CommandError(
                "The ledger was sealed with another secret key: add it to IMAGESTORE_SECRET_KEY_FALLBACKS."
            ) from error
        if failed:
            raise CommandError(f"{failed} are left. Repeat this.")

    def _place(self, who: Principal, reason: str) -> int:
        placed = failed = 0
        for id, refused in legal_holds.place_again(principal=who, reason=reason, now=clock.now()):
            placed, failed = placed + (not refused), failed + bool(refused)
            self.stderr.write(f"hold {id}: {refused or 'placed again'}")
        self.stdout.write(f"{placed} legal holds placed again.")
        return failed

    def _erase(self, who: Principal, since: datetime | None, reason: str) -> int:
        replayed = list[Replayed]()
        for one in operations.replay_erasures(
            since=since, principal=who, reason=reason, now=clock.now(), kinds=ERASED_KINDS
        ):
            replayed.append(one)
            self.stderr.write(f"erasure {one.erasure} of {one.shop}: {_told(one)}")
        found = sum(one.erased is not None and not one.erased.is_empty for one in replayed)
        self.stdout.write(f"{len(replayed)} erasures replayed; {found} of them found something that came back.")
        return sum(one.erased is None or not one.erased.complete for one in replayed)


def _told(one: Replayed) -> str:
    if one.erased is None:
        return one.refused
    if one.erased.is_empty:
        return "nothing came back"
    counts = ", ".join(f"{number} {word}" for word, number in one.erased.counts.items() if number)
    return counts or "what came back is kept"
