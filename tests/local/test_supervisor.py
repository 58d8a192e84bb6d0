"""The supervisor, driven with small real children."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from imagestore.local.errors import StartFailed
from imagestore.local.place import ROOT
from imagestore.local.process import Process, wait_until
from imagestore.local.supervisor import Child, Supervisor

SLEEPER = "import time; time.sleep(600)"
WITH_GRANDCHILD = """
import subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(grandchild.pid, flush=True)
time.sleep(600)
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""


def child(name: str, code: str, stop_seconds: float = 5.0) -> Child:
    return Child(name, (sys.executable, "-c", code), dict(os.environ), stop_seconds=stop_seconds)


PARENT = f"""
import os, sys, time
from imagestore.local.place import ROOT
from imagestore.local.process import Process
print(Process((sys.executable, "-c", {SLEEPER!r}), os.environ).pid, flush=True)
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    """A zombie, which nobody here can reap, has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def running(supervisor: Supervisor) -> Iterator[None]:
    supervisor.start()
    watcher = Thread(target=supervisor.run)
    watcher.start()
    try:
        yield
    finally:
        supervisor.request_stop()
        watcher.join(20)
        assert not watcher.is_alive()


def first_line(log: Path) -> str:
    assert wait_until(lambda: log.exists() and "\n" in log.read_text(), 10)
    return log.read_text().splitlines()[0]


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor([child("sleeper", SLEEPER)], tmp_path, said.append)
    with running(supervisor):
        first = supervisor.pid("sleeper")
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: supervisor.pid("sleeper") not in (first, None), 10)
    assert "sleeper ended (exit code -9); it starts again in 0.2 s." in said[0]


def test_what_a_dead_child_left_is_ended_before_it_starts_again(tmp_path: Path) -> None:
    supervisor = Supervisor([child("family", WITH_GRANDCHILD)], tmp_path, lambda line: None)
    with running(supervisor):
        parent, grandchild = supervisor.pid("family"), int(first_line(tmp_path / "family.log"))
        assert parent is not None
        assert is_running(grandchild)
        os.kill(parent, signal.SIGKILL)
        assert wait_until(lambda: not is_running(grandchild), 10)


def test_stopping_ends_the_whole_group(tmp_path: Path) -> None:
    supervisor = Supervisor([child("family", WITH_GRANDCHILD)], tmp_path, lambda line: None)
    with running(supervisor):
        grandchild = int(first_line(tmp_path / "family.log"))
    assert wait_until(lambda: not is_running(grandchild), 10)


def test_children_end_in_reverse_order(tmp_path: Path) -> None:
    record = tmp_path / "order"
    code = """
import signal, sys, time
def end(*_):
    open({record!r}, "a").write({name!r} + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(600)
"""
    children = [child(name, code.format(record=str(record), name=name)) for name in ("emulator", "worker", "server")]
    with running(Supervisor(children, tmp_path, lambda line: None)):
        for each in children:
            first_line(tmp_path / f"{each.name}.log")
    assert record.read_text().split() == ["server", "worker", "emulator"]


def test_a_child_that_ignores_the_request_to_end_is_killed_in_time(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor([child("deaf", DEAF, stop_seconds=0.2)], tmp_path, said.append)
    with running(supervisor):
        first_line(tmp_path / "deaf.log")
        pid = supervisor.pid("deaf")
    assert pid is not None
    assert not is_running(pid)
    assert said == ["deaf did not end within 0.2 s and was killed."]


def test_a_child_that_cannot_start_takes_the_others_with_it(tmp_path: Path) -> None:
    def refuse(process: Process) -> None:
        raise StartFailed("no way")

    first = child("first", "print('up', flush=True); " + SLEEPER)
    broken = Child("broken", (sys.executable, "-c", SLEEPER), dict(os.environ), ready=refuse)
    supervisor = Supervisor([first, broken], tmp_path, lambda line: None)
    with pytest.raises(StartFailed, match="no way"):
        supervisor.start()
    assert supervisor.pid("first") is None
    assert supervisor.pid("broken") is None


def test_a_restart_that_fails_is_tried_again(tmp_path: Path) -> None:
    lives: list[int] = []

    def only_second_life_fails(process: Process) -> None:
        lives.append(process.pid)
        if len(lives) == 2:
            raise StartFailed("not yet")

    said: list[str] = []
    moody = Child("moody", (sys.executable, "-c", SLEEPER), dict(os.environ), ready=only_second_life_fails)
    with running(Supervisor([moody], tmp_path, said.append)):
        os.kill(lives[0], signal.SIGKILL)
        assert wait_until(lambda: len(lives) == 3, 10)
    assert "moody did not start again (not yet); it starts again in 0.4 s." in said[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(tmp_path: Path, number: signal.Signals) -> None:
    supervisor = Supervisor([child("sleeper", SLEEPER)], tmp_path, lambda line: None)
    supervisor.start()
    pid = supervisor.pid("sleeper")
    assert pid is not None
    with supervisor.stop_on_signals():
        signal.raise_signal(number)
        supervisor.run()
    assert not is_running(pid)


def test_only_important_lines_are_shown_and_all_are_kept(tmp_path: Path) -> None:
    said: list[str] = []
    code = "print('hello'); print('2026 ERROR something broke', flush=True); " + SLEEPER
    with running(Supervisor([child("talker", code)], tmp_path, said.append)):
        assert wait_until(lambda: bool(said), 10)
    assert said == ["talker | 2026 ERROR something broke"]
    assert (tmp_path / "talker.log").read_text() == "hello\n2026 ERROR something broke\n"


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    for _ in range(2):
        with running(Supervisor([child("talker", "print('up', flush=True); " + SLEEPER)], tmp_path, lambda line: None)):
            first_line(tmp_path / "talker.log")
    assert (tmp_path / "talker.previous.log").read_text() == "up\n"


def test_a_child_does_not_outlive_a_killed_parent() -> None:
    parent = Process((sys.executable, "-c", PARENT), dict(os.environ), cwd=ROOT)
    assert wait_until(lambda: bool(parent.recent), 10)
    grandchild = int(parent.recent[0])
    os.kill(parent.pid, signal.SIGKILL)
    assert wait_until(lambda: not is_running(grandchild), 10)
    parent.stop(0)
