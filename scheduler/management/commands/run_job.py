"""`manage.py run_job sweep [--dry-run]`"""

import getpass
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from imagestore.common import clock, principal, terminal
from imagestore.common.errors import DomainError
from scheduler import operations, rules
from scheduler.management import showing
from scheduler.records import Run, RunState, Trigger


class Command(BaseCommand):
    help = "Runs a job now and shows what it does. Jobs: " + ", ".join(job.name for job in rules.JOBS)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--dry-run", action="store_true", help="count what would be done, touch nothing")

    def handle(self, *, name: str, dry_run: bool, **_: object) -> None:
        out = terminal.console(self.stdout)
        run = _start(name, dry_run)
        if run.trigger is Trigger.CLOCK:
            out.print("A run that the clock started is under way.")
        finished = _follow(run, out)
        out.print(showing.report(finished))
        _judge(finished)


def _start(name: str, dry_run: bool) -> Run:
    try:
        run = operations.start_run(
            job=name,
            trigger=Trigger.COMMAND,
            now=clock.now(),
            principal=principal.command(getpass.getuser()),
            dry_run=dry_run,
        )
    except DomainError as error:
        raise CommandError(error.text) from error
    if run is None:
        raise CommandError("Nothing was due.")
    return run


def _follow(run: Run, out: Console) -> Run:
    try:
        return showing.follow(run, out)
    except KeyboardInterrupt:
        out.print(f"The run goes on without this command. Look at it: manage.py show_run {run.id}")
        raise SystemExit(130) from None


def _judge(run: Run) -> None:
    if run.state is RunState.PAUSED:
        raise CommandError("Deletion is paused. Resume it: manage.py resume_deletion --reason TEXT")
    if run.is_open:
        raise CommandError(f"Nothing was reported for a while. Is a worker running? See show_run {run.id}.")
    if run.state is RunState.FAILED or run.failures:
        raise CommandError(run.cause or f"{run.failures} items failed.")
