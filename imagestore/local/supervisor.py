"""Keeps a few children running: starts them in order, restarts one that dies, ends them in reverse order."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from imagestore.local.errors import StartFailed
from imagestore.local.logs import ChildLog
from imagestore.local.process import Process

LOOK_SECONDS = 0.1
FIRST_DELAY, LONGEST_DELAY = 0.2, 5.0
STEADY_SECONDS = 10.0
"""A child that lived this long starts again with the first delay."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Child:
    """What to run. `ready` returns once the child can be used and raises StartFailed if it never will be."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[Process], None] = field(default=lambda process: None)
    stop_seconds: float = 10.0


class Supervisor:
    """Output of each child goes to `<log_folder>/<name>.log`; `say` gets what a person should see."""

    def __init__(self, children: Sequence[Child], log_folder: Path, say: Callable[[str], None]) -> None:
        self._say = say
        self._stopping = Event()
        self._kept = [_Kept(child, ChildLog(child.name, log_folder, say), say) for child in children]

    def start(self) -> None:
        """Starts every child in order. StartFailed of one ends those already started."""
        try:
            for kept in self._kept:
                if not self.stopping:
                    kept.start()
        except BaseException:
            self.stop()
            raise

    def run(self) -> None:
        """Watches until `request_stop` or a signal that `stop_on_signals` turned into one; then ends all."""
        try:
            while not self._stopping.wait(LOOK_SECONDS):
                for kept in self._kept:
                    kept.look()
        finally:
            self.stop()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def request_stop(self) -> None:
        self._stopping.set()

    def stop(self) -> None:
        for kept in reversed(self._kept):
            kept.stop()

    def pid(self, name: str) -> int | None:
        """The process id of the child's present life; None while it has none."""
        return next(kept.pid for kept in self._kept if kept.child.name == name)

    @contextmanager
    def stop_on_signals(self) -> Iterator[None]:
        """Ctrl-C, a polite kill and a closed terminal all mean: end cleanly."""
        before = {number: signal.signal(number, lambda *_: self.request_stop()) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Kept:
    """One child through all of its lives."""

    def __init__(self, child: Child, log: ChildLog, say: Callable[[str], None]) -> None:
        self.child = child
        self._log = log
        self._say = say
        self._process: Process | None = None
        self._started_at = 0.0
        self._start_at: float | None = None
        self._delay = FIRST_DELAY

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        self._start_at = None
        self._started_at = time.monotonic()
        self._process = Process(self.child.command, self.child.environment, self._log.write)
        self.child.ready(self._process)

    def look(self) -> None:
        if self._process is not None and not self._process.alive:
            self._bury(f"ended (exit code {self._process.exit_code})")
        elif self._start_at is not None and time.monotonic() >= self._start_at:
            self._restart()

    def stop(self) -> None:
        self._start_at = None
        self._log.mute()
        if self._process is not None and not self._process.stop(self.child.stop_seconds):
            self._say(f"{self.child.name} did not end within {self.child.stop_seconds:g} s and was killed.")
        self._process = None
        self._log.close()

    def _restart(self) -> None:
        try:
            self.start()
        except StartFailed as failure:
            self._bury(f"did not start again ({failure})")
        else:
            self._say(f"{self.child.name} runs again.")

    def _bury(self, what: str) -> None:
        """Ends what the dead child left running and plans its next life."""
        if self._process is not None:
            self._process.stop(0)
            self._process = None
        if time.monotonic() - self._started_at >= STEADY_SECONDS:
            self._delay = FIRST_DELAY
        self._start_at = time.monotonic() + self._delay
        self._say(f"{self.child.name} {what}; it starts again in {self._delay:.1f} s. See {self._log.path}")
        self._delay = min(self._delay * 2, LONGEST_DELAY)
