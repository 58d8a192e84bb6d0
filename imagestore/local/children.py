"""The processes that make up a local imagestore, in the order in which they start."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from imagestore.local import emulator, ports
from imagestore.local.errors import StartFailed
from imagestore.local.place import ROOT, Place
from imagestore.local.process import Process, wait_until
from imagestore.local.supervisor import Child

SERVER_SECONDS, BOOTSTRAP_SECONDS = 30.0, 60.0
ALL_DOMAINS = "files,projects,scheduler"


def children(place: Place, say: Callable[[str], None]) -> list[Child]:
    """Started in this order, ended in the other: the local AWS is last, so that it can write its state."""
    environment = place.environment()
    chosen = environment.get("IMAGESTORE_DOMAINS") or ALL_DOMAINS
    domains = [name.strip() for name in chosen.split(",")]
    poller = [Child("poller", manage("poll_uploads"), environment)] if "files" in domains else []
    return [
        _aws(place, environment, say),
        Child("worker", _worker(place.state, domains), environment),
        *poller,
        _server(place, environment),
    ]


def manage(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "manage.py"), *arguments)


def _aws(place: Place, environment: Mapping[str, str], say: Callable[[str], None]) -> Child:
    def ready(process: Process) -> None:
        emulator.wait_until_ready(process, place.emulator_port)
        # At every start: after a hard end its tables and queues are gone.
        _bootstrap(place, environment, say)

    return Child(
        "aws",
        emulator.COMMAND,
        emulator.environment(place.emulator_port, place.state),
        ready=ready,
        stop_seconds=emulator.STOP_SECONDS,
    )


def _bootstrap(place: Place, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """In a process of its own, so that this one needs no settings before the first start has written them."""
    origins = [f"--origin={origin}" for origin in place.origins]
    quiet = {**environment, "IMAGESTORE_LOG_LEVEL": "WARNING"}
    process = Process(manage("bootstrap_local", *origins), quiet)
    wait_until(lambda: not process.alive, BOOTSTRAP_SECONDS)
    process.stop(0)
    if process.exit_code != 0:
        raise StartFailed(f"Tables and queues cannot be made: {process.last_words() or 'no answer in time'}")
    for line in process.recent:
        say(line)


def _worker(state: Path, domains: Sequence[str]) -> tuple[str, ...]:
    # Only queues whose tasks are registered here: a worker discards what it does not know.
    queues = ",".join(f"{name}-tasks" for name in (*domains, "webhooks"))
    options = ("--beat", "--schedule", str(state / "beat"), "--concurrency", "2", "--loglevel", "INFO")
    return (sys.executable, "-m", "celery", "-A", "imagestore.celery", "worker", "-Q", queues, *options)


def _server(place: Place, environment: Mapping[str, str]) -> Child:
    bind = ("--bind", f"{ports.LOOPBACK}:{place.port}")
    # Loaded once for both workers: that is most of their start.
    threads = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--preload")
    calm = ("--no-control-socket", "--graceful-timeout", "5", "--limit-request-line", "8190")
    command = (sys.executable, "-m", "gunicorn", "imagestore.wsgi:application", *bind, *threads, *calm)
    return Child("server", command, environment, ready=lambda process: _wait_for_server(process, place))


def _wait_for_server(process: Process, place: Place) -> None:
    wait_until(lambda: not process.alive or ports.answers(f"{place.url}/healthz"), SERVER_SECONDS)
    if not process.alive:
        raise StartFailed(f"The server ended at start: {process.last_words()} (see {place.logs}/server.log)")
    if not ports.answers(f"{place.url}/healthz"):
        raise StartFailed(f"The server does not answer on port {place.port} (see {place.logs}/server.log)")
