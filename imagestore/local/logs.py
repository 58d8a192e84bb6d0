"""A child's log file, and which of its lines a person in front of the terminal should see."""

import re
from collections.abc import Callable
from pathlib import Path
from threading import Lock

IMPORTANT = re.compile(r"\b(WARNING|ERROR|CRITICAL|Traceback|\w+Error:)")
SHOWN_LENGTH = 300


class ChildLog:
    """Writes `<folder>/<name>.log` anew, keeping the last run's as `<name>.previous.log`."""

    def __init__(self, name: str, folder: Path, say: Callable[[str], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.log"
        if self.path.exists():
            self.path.replace(folder / f"{name}.previous.log")
        self._name = name
        self._say = say
        self._file = self.path.open("w", buffering=1)
        self._lock = Lock()
        self._muted = False

    def write(self, line: str) -> None:
        with self._lock:
            if not self._file.closed:
                self._file.write(f"{line}\n")
        if not self._muted and IMPORTANT.search(line):
            self._say(f"{self._name} | {line[:SHOWN_LENGTH]}")

    def mute(self) -> None:
        """From now on nothing is shown: what a child complains about while it is ended helps nobody."""
        self._muted = True

    def close(self) -> None:
        with self._lock:
            self._file.close()
