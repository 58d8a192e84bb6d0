"""The local AWS: ministack as a child process, on loopback, with signatures and permissions enforced.

With a state folder, object bytes are on disk at once, but tables and queues are written at a clean stop only:
after a hard end of the process they are gone and `bootstrap` has to make them again.
"""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from imagestore.local import ports
from imagestore.local.errors import StartFailed
from imagestore.local.process import Process, wait_until

ACCOUNT, REGION = "000000000000", "eu-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
START_SECONDS, STOP_SECONDS = 20.0, 15.0
COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("emulating.py")))
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


def url(port: int) -> str:
    return f"http://{ports.LOOPBACK}:{port}"


def environment(port: int, state: Path | None) -> dict[str, str]:
    """The child's whole environment; `state` is the folder that keeps what was stored, None keeps nothing."""
    kept = {} if state is None else _persistence(state)
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **inherited,
        **CREDENTIALS,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": ports.LOOPBACK,
        "MINISTACK_HOST": ports.LOOPBACK,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        **kept,
    }


def wait_until_ready(process: Process, port: int) -> None:
    """Raises StartFailed, with the child's last words, if it ends or does not answer in time."""
    wait_until(lambda: not process.alive or answers(port), START_SECONDS)
    if not process.alive:
        said = process.last_words() or "it said nothing"
        raise StartFailed(f"The local AWS ended at start (exit code {process.exit_code}): {said}")
    if not answers(port):
        raise StartFailed(f"The local AWS does not answer on port {port} after {START_SECONDS:.0f} s.")


def answers(port: int) -> bool:
    return ports.answers(f"{url(port)}/_ministack/health")


class Emulator:
    """A running local AWS: `with Emulator() as emulator: emulator.url`.

    `port` None takes a free one. Raises StartFailed if the port is taken or the child does not come up.
    """

    def __init__(self, port: int | None = None, state: Path | None = None) -> None:
        self.port = ports.free_port() if port is None else port
        self._state = state
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return url(self.port)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        ports.require_free(self.port)
        self._process = Process(COMMAND, environment(self.port, self._state))
        try:
            wait_until_ready(self._process, self.port)
        except StartFailed:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it cleanly, so that tables and queues are written; harmless if it does not run."""
        if self._process is not None:
            self._process.stop(STOP_SECONDS)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _persistence(state: Path) -> dict[str, str]:
    return {
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "aws"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "objects"),
    }
