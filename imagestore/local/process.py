"""One child process in a process group of its own, whose output is read line by line."""

import os
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import IO, cast

POLL_SECONDS = 0.02
REMEMBERED_LINES = 40


class Process:
    """Starts on construction. `on_line` gets each line of its output, without the line end, from a thread."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.recent: deque[str] = deque(maxlen=REMEMBERED_LINES)
        self._on_line = on_line or (lambda line: None)
        self._child = subprocess.Popen(
            (*_ending_with_parent(), *command),
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
        )
        self._output = cast(IO[str], self._child.stdout)
        self._reader = Thread(target=self._read, name=f"output-of-{self.pid}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Negative: ended by that signal. None while it lives."""
        return self._child.poll()

    def last_words(self) -> str:
        """The last line it wrote, once it has ended; empty if it said nothing."""
        self._reader.join(timeout=1)
        return next((line.strip() for line in reversed(self.recent) if line.strip()), "")

    def stop(self, grace: float) -> bool:
        """Asks the child to end, waits `grace` seconds, then ends what is left of its group.

        Answers whether the child ended by itself in time.
        """
        if self.alive:
            self._child.terminate()
        in_time = self._wait(grace)
        self._end_group()
        self._child.wait()
        self._reader.join(timeout=1)
        return in_time

    def _wait(self, seconds: float) -> bool:
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _end_group(self) -> None:
        # Nobody may be left; macOS says that as PermissionError.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _read(self) -> None:
        with self._output:
            for line in self._output:
                text = line.rstrip("\n")
                self.recent.append(text)
                self._on_line(text)


@cache
def _ending_with_parent() -> tuple[str, ...]:
    """A prefix that lets a child end when its parent is killed. Where Linux's tool for it is missing: nothing."""
    tool = shutil.which("setpriv")
    if tool is None:
        return ()
    described = subprocess.run((tool, "--help"), capture_output=True, text=True, check=False)
    return (tool, "--pdeathsig", "TERM") if "--pdeathsig" in described.stdout else ()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Polls until `condition` holds; False after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(POLL_SECONDS)
    return True
