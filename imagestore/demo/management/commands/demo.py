import sys
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from imagestore.common import aws
from imagestore.common.errors import DomainError
from imagestore.demo import drawn, photos, report, visiting
from imagestore.demo.checks import succeeded
from imagestore.demo.client import Api, Unreachable, call
from imagestore.demo.shop import open_shop

FAILED, NOT_RUNNING, INTERRUPTED = 1, 2, 130


class Command(BaseCommand):
    help = (
        "A whole visit through the public API of a running imagestore: photos in, a project saved and loaded, all of "
        "it trashed and purged. Ends with 0 only if every number is as expected."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--photos", type=Path, metavar="FOLDER", help="your photos (default: it draws some)")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where imagestore runs (%(default)s)")
        parser.add_argument(
            "--timeout", type=float, default=120, metavar="SECONDS", help="longest wait for each step (%(default)s)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # Rich ends its lines itself, and moves the cursor in between.
        self.stdout.ending = ""
        console = Console(file=cast(IO[str], self.stdout))
        try:
            passed = self._run(console, options["photos"], options["url"].rstrip("/"), options["timeout"])
        except KeyboardInterrupt:
            self.stderr.write(
                "Interrupted. While imagestore runs, what was stored is forgotten within some ten minutes."
            )
            sys.exit(INTERRUPTED)
        if not passed:
            sys.exit(FAILED)

    def _run(self, console: Console, folder: Path | None, url: str, seconds: float) -> bool:
        _require_server(url)
        with TemporaryDirectory() if folder is None else nullcontext(str(folder)) as place:
            if folder is None:
                drawn.draw_into(Path(place))
            paths = _photos_in(Path(place), console)
            shop, token = _open_shop(len(paths))
            api = Api(url, token)
            _require_same_place(api, url)
            visit = visiting.run(api, shop, paths, seconds, console)
        if folder is not None:
            report.show_photos(console, visit)
        report.show_result(console, visit, api.job, api.waiting)
        return succeeded(visit)


def _require_server(url: str) -> None:
    text = f"Nothing answers at {url}; start it with `make run`, or say with --url where it runs."
    try:
        answer = call("GET", f"{url}/readyz")
    except (Unreachable, ValueError) as error:
        raise CommandError(text, returncode=NOT_RUNNING) from error
    if answer.status != 200:
        told = answer.body[:200].decode(errors="replace")
        raise CommandError(f"What runs at {url} is not ready: {answer.status} {told}", returncode=NOT_RUNNING)


def _photos_in(folder: Path, console: Console) -> list[Path]:
    try:
        found, left_out = photos.find(folder)
    except OSError as error:
        raise CommandError(f"{folder} cannot be read: {error.strerror}.") from error
    if left_out:
        console.print(f"Left out (no photo type, or beyond {photos.MOST} photos): {', '.join(left_out)}", markup=False)
    if not found:
        raise CommandError(f"There are no photos in {folder}; it takes {', '.join(photos.TYPES)}.")
    return found


def _open_shop(photos: int) -> tuple[str, str]:
    try:
        return open_shop(photos)
    except DomainError as error:
        raise CommandError(error.text, returncode=NOT_RUNNING) from error
    except aws.FAILURES as error:
        raise CommandError(f"The local AWS cannot make a shop: {error}", returncode=NOT_RUNNING) from error


def _require_same_place(api: Api, url: str) -> None:
    if api.ask("GET", "/files?limit=1", again=True).status == 401:
        raise CommandError(
            f"What runs at {url} does not know the shop that was just made: it keeps its data elsewhere. Give this "
            "terminal the same IMAGESTORE_LOCAL_FOLDER (`--state` of `make run`).",
            returncode=NOT_RUNNING,
        )
