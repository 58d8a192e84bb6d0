"""`manage.py build_package ID [--pages 1 2 …]`"""

import time
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from imagestore.common import clock, terminal
from imagestore.common.errors import DomainError
from projects.packages import operations, queries, rules
from projects.packages.records import Package, PackageState

POLL_SECONDS = 2.0


class Command(BaseCommand):
    help = "Packs an order or a project as a ZIP here and now, and shows how far it is. Nothing is built twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="of an order or a project")
        parser.add_argument("--pages", type=int, nargs="+", default=[], help="only what is placed on these")

    def handle(self, *, id: str, pages: list[int], **_: object) -> None:
        out = terminal.console(self.stdout)
        try:
            asked = operations.ask_by_support(id=id, pages=sorted(set(pages)), now=clock.now())
        except DomainError as error:
            raise CommandError(error.text) from error
        try:
            package = _built(asked, out) if asked.state == PackageState.BUILDING else asked
        except KeyboardInterrupt:
            out.print(f"Interrupted. A worker builds package {asked.id} anew when the lease is over.")
            raise SystemExit(130) from None
        _judge(package, out)


def _built(asked: Package, out: Console) -> Package:
    """By this process, or by another that was faster."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out, disable=not out.is_terminal) as progress:
        bar = progress.add_task(asked.name, total=asked.bytes)

        def told(package: Package) -> None:
            progress.update(bar, completed=package.bytes_done)
            if not out.is_terminal:
                out.print(f"{package.files_done} of {package.files} originals, {decimal(package.bytes_done)}")

        built = operations.build(id=asked.id, clock=clock.now, told=told)
        return built or _followed(asked, told)


def _followed(package: Package, told: operations.Told) -> Package:
    """Until somebody else has built it, or tells nothing for as long as a lease is."""
    heard_at = clock.now()
    while package.state == PackageState.BUILDING and clock.now() - heard_at < rules.LEASE:
        time.sleep(POLL_SECONDS)
        before, package = package, queries.seen_by_staff(package.id) or package
        if package.bytes_done != before.bytes_done:
            heard_at = clock.now()
            told(package)
    return package


def _judge(package: Package, out: Console) -> None:
    if package.state == PackageState.BUILDING:
        raise CommandError(f"Nothing was heard of package {package.id} for a while. The sweep takes it up again.")
    if package.state != PackageState.READY:
        raise CommandError(f"Package {package.id} is {package.state}: {package.cause}")
    out.print(
        f"Package {package.id} of {package.kind} {package.source} is ready since {package.ready_at:%Y-%m-%d %H:%M} UTC:"
    )
    out.print(f"{package.files} originals, {package.size:,} bytes, SHA-256 {package.sha256}", soft_wrap=True)
    if package.missing:
        out.print(f"{package.missing} photos could not be packed; the manifest names them.")
