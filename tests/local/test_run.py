"""`make run` as a person starts it: what it says, that it serves, that it ends and comes back."""

import fcntl
import json
import os
import socket
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imagestore.local import ports, run
from imagestore.local.place import ROOT
from imagestore.local.process import Process, wait_until

PATIENCE = 60


def arguments(state: Path, port: int, emulator_port: int) -> list[str]:
    return ["--state", str(state), "--port", str(port), "--emulator-port", str(emulator_port)]


def test_every_taken_port_is_one_line_with_its_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        port, emulator_port = one.getsockname()[1], two.getsockname()[1]
        assert run.main(arguments(tmp_path, port, emulator_port)) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"Port {port} is taken: end what listens there or choose another with --port.",
        f"Port {emulator_port} is taken: end what listens there or choose another with --emulator-port.",
    ]


@pytest.mark.parametrize("port", ["0", "99999", "eighty", "-1"])
def test_what_is_no_port_is_said(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["--port", port])
    assert f"argument --port: {port} is no port; one is from 1 to 65535" in capsys.readouterr().err


def test_two_runs_do_not_share_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run.main(arguments(tmp_path, ports.free_port(), ports.free_port())) == 1
    assert capsys.readouterr().err.strip() == (
        f"{tmp_path} is in use by another run: end that or choose another with --state."
    )


@contextmanager
def started(state: Path, port: int, emulator_port: int) -> Iterator[Process]:
    """`make run` that has said it runs; ended politely."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IMAGESTORE_")}
    command = (sys.executable, "-m", "imagestore.local", *arguments(state, port, emulator_port))
    process = Process(command, environment, cwd=ROOT)
    try:
        wait_until(lambda: not process.alive or any("imagestore runs" in line for line in process.recent), PATIENCE)
        assert process.alive, list(process.recent)
        yield process
    finally:
        assert process.stop(PATIENCE)
    assert process.exit_code == 0, list(process.recent)


def ready(port: int) -> dict[str, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def test_it_serves_and_ends_cleanly(tmp_path: Path) -> None:
    port, emulator_port = ports.free_port(), ports.free_port()
    with started(tmp_path, port, emulator_port) as first:
        assert ready(port) == {"table": "ready", "bucket": "ready"}
        assert any("Made the shop demo" in line for line in first.recent)
    assert ports.is_free(port)
    assert ports.is_free(emulator_port)


@pytest.mark.proof
def test_it_comes_back_with_what_it_had(tmp_path: Path) -> None:
    port, emulator_port = ports.free_port(), ports.free_port()
    with started(tmp_path, port, emulator_port):
        pass
    with started(tmp_path, port, emulator_port) as second:
        assert ready(port) == {"table": "ready", "bucket": "ready"}
        assert not any("Made" in line for line in second.recent)
