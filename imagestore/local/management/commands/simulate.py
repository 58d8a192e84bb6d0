"""`manage.py simulate --days 365 --shops 3`"""

import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management.base import BaseCommand, CommandError

from imagestore.common import arguments, clock
from imagestore.local import ports
from imagestore.local.bootstrap import bootstrap
from imagestore.local.emulator import Emulator
from imagestore.local.errors import StartFailed
from imagestore.local.place import ROOT, Place
from imagestore.local.simulation.year import Told, simulate

INSIDE = "IMAGESTORE_SIMULATION"


class Command(BaseCommand):
    help = "Lives through days of shops, customers, staff and failures on a local AWS of its own, and judges them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=arguments.number(1, 3660), default=365)
        parser.add_argument("--shops", type=arguments.number(1, 100), default=3)
        parser.add_argument("--seed", type=arguments.number(0, 2**31), default=1, help="the same seed, the same year")
        parser.add_argument("--chart", type=Path, metavar="FILE", help="where a chart is written, as SVG")

    def handle(self, *, days: int, shops: int, seed: int, chart: Path | None, **_: object) -> None:
        if chart and not chart.resolve().parent.is_dir():
            raise CommandError(f"--chart: there is no folder {chart.resolve().parent}.")
        if os.environ.get(INSIDE):
            self._live(days, shops, seed, chart)
        else:
            self._start(days, shops, seed, chart)

    def _start(self, days: int, shops: int, seed: int, chart: Path | None) -> None:
        """In a process of its own, whose settings name a local AWS that nobody else knows."""
        told = [f"--days={days}", f"--shops={shops}", f"--seed={seed}"]
        told += [f"--chart={chart.resolve()}"] if chart else []
        with TemporaryDirectory(prefix="imagestore-simulation-") as folder:
            try:
                with Emulator() as emulator:
                    place = Place(Path(folder), ports.free_port(), emulator.port)
                    variables = {**place.environment(), INSIDE: "1"}
                    command = (sys.executable, str(ROOT / "manage.py"), "simulate", *told)
                    code = subprocess.run(command, env=variables, check=False).returncode
            except StartFailed as failure:
                raise CommandError(str(failure)) from failure
        if code:
            raise SystemExit(code)

    def _live(self, days: int, shops: int, seed: int, chart: Path | None) -> None:
        bootstrap()
        told = simulate(days=days, shops=shops, seed=seed, start=clock.now(), tell=self.stdout.write)
        if chart:
            chart.write_text(told.svg())
        self._report(told, chart)
        if told.wrong:
            raise CommandError(f"{len(told.wrong)} faults.")

    def _report(self, told: Told, chart: Path | None) -> None:
        for word, number in sorted(told.totals.items()):
            self.stdout.write(f"{number:>8} {word}")
        for sentence in told.wrong:
            self.stderr.write(sentence)
        drawn = f"; the chart is in {chart}" if chart else ""
        self.stdout.write(f"Every invariant was looked at {told.looks} times{drawn}.")
