"""`make run`: everything on one machine, until Ctrl-C."""

import argparse
import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from imagestore.common import arguments
from imagestore.local import ports
from imagestore.local.children import children
from imagestore.local.errors import StartFailed
from imagestore.local.place import ROOT, Place
from imagestore.local.supervisor import Supervisor

DEFAULT_PORT, DEFAULT_STATE = 8000, ROOT / ".local"
WELCOME = """
imagestore runs at {url} (Ctrl-C ends it).
  Customer's page    {url}/
  API documentation  {url}/api/v1/docs
  Staff site         {url}/staff/
  Is it well?        {url}/readyz
  Logs               {logs}
In another terminal:{setting}
  .venv/bin/python manage.py demo{option}
    a whole visit, through the public API
  .venv/bin/python manage.py issue_token demo --customer anna
    a token for requests of your own
  .venv/bin/python manage.py help
    every command
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answers the exit code: 0 after a clean end, 1 with one line for each thing in the way."""
    options = _parser().parse_args(arguments)
    place = Place(options.state.resolve(), options.port, options.emulator_port)
    try:
        with _alone_in(place.state):
            _require_ports(place)
            _run(place)
    except StartFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    return 0


def _run(place: Place) -> None:
    supervisor = Supervisor(children(place, say), place.logs, say)
    with supervisor.stop_on_signals():
        supervisor.start()
        if not supervisor.stopping:
            say(_welcome(place))
        supervisor.run()
    say("imagestore has ended; what was stored is kept.")


def _welcome(place: Place) -> str:
    """With what another terminal has to be told of a place that is not the usual one."""
    elsewhere = place.state != DEFAULT_STATE.resolve()
    setting = f"\n  export IMAGESTORE_LOCAL_FOLDER={place.state}" if elsewhere else ""
    option = "" if place.port == DEFAULT_PORT else f" --url {place.url}"
    return WELCOME.format(url=place.url, logs=place.logs, setting=setting, option=option)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m imagestore.local", description="Runs imagestore with a local AWS.")
    parser.add_argument("--port", type=arguments.port, default=DEFAULT_PORT, help="where the server listens (8000)")
    parser.add_argument("--emulator-port", type=arguments.port, default=4566, help="where the local AWS listens (4566)")
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, help="the folder of all data (.local)")
    return parser


def _require_ports(place: Place) -> None:
    """One line for each port that is taken."""
    problems = []
    for port, option in ((place.port, "--port"), (place.emulator_port, "--emulator-port")):
        try:
            ports.require_free(port, option)
        except StartFailed as failure:
            problems.append(str(failure))
    if problems:
        raise StartFailed("\n".join(problems))


@contextmanager
def _alone_in(state: Path) -> Iterator[None]:
    """Two that write the same state would each lose the other's."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartFailed(f"{state} is in use by another run: end that or choose another with --state.") from error
        lock.write(f"{os.getpid()}\n")
        yield
