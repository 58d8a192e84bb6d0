"""Requests per second as a client counts them, beside a plain peer: real servers on loopback, taking turns.

Both stand on the same local AWS, which is the slowest of all and shares the processors with servers and clients: so
the rate tells less than the seconds of CPU that each server took for a call. Of CPU alone something is asserted, with
room for what else runs on the machine.
"""

import http.client
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import psutil
from django.conf import settings

from imagestore.common import aws, clock
from imagestore.common import principal as principals
from imagestore.identity import operations as identity
from imagestore.identity import signing
from imagestore.local import ports
from imagestore.local.process import Process, wait_until

MOST_CPU = 1.5
"""Times the peer's, which does without all that its module names."""
SHOP = "race"
PLACES = ("IMAGESTORE_TABLE", "IMAGESTORE_BUCKET", "IMAGESTORE_QUEUE_PREFIX", "IMAGESTORE_QUEUE_BASE_URL")
WORKERS, THREADS, CLIENTS = 2, 8, 8
LISTED, SEEDED = 50, 60
KEY = signing.generate_key("race")
NEW = {"files": [{"name": "beach.jpg", "content_type": "image/jpeg", "size": 2_183_204, "sha256": "9f" * 32}]}


@dataclass(frozen=True, slots=True)
class Sizes:
    rounds: int = 6
    calls: int = 160


@dataclass(frozen=True, slots=True)
class Turn:
    """Calls per second, and seconds of the server's CPU per call."""

    rate: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Race:
    work: str
    ours: list[Turn]
    peers: list[Turn]

    @property
    def ratios(self) -> list[float]:
        """How many times the peer's calls per second, round by round."""
        return sorted(ours.rate / peer.rate for ours, peer in zip(self.ours, self.peers, strict=True))

    @property
    def cpu(self) -> tuple[float, float]:
        return median(turn.cpu for turn in self.ours), median(turn.cpu for turn in self.peers)

    @property
    def ok(self) -> bool:
        ours, peer = self.cpu
        return ours <= MOST_CPU * peer


class Server:
    """One of the two, with its processes."""

    def __init__(self, process: Process, port: int, prefix: str) -> None:
        self._root, self._port, self._prefix = psutil.Process(process.pid), port, prefix
        self._local = threading.local()

    def cpu(self) -> float:
        tree = [self._root, *self._root.children(recursive=True)]
        return float(sum(sum(one.cpu_times()[:2]) for one in tree))

    def call(self, method: str, path: str, token: str, body: bytes | None = None) -> bytes:
        """On a connection that each client keeps."""
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(ports.LOOPBACK, self._port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._local.connection.request(method, self._prefix + path, body, headers)
        answer = self._local.connection.getresponse()
        told: bytes = answer.read()
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path} answered {answer.status}: {told[:300]!r}")
        return told


def race(sizes: Sizes) -> list[Race]:
    """Needs the local AWS of `benchmarks.place`."""
    _make_places()
    body = json.dumps(NEW).encode()
    with _started(_ours(), "/api/v1") as ours, _started(_peer(), "") as peer:
        seeded, registers = _token("seeded"), _token("registers")
        for server in (ours, peer):
            for _ in range(SEEDED):
                server.call("POST", "/files", seeded, body)

        def register(server: Server) -> None:
            server.call("POST", "/files", registers, body)

        def list_files(server: Server) -> None:
            assert len(json.loads(server.call("GET", f"/files?limit={LISTED}", seeded))["items"]) == LISTED

        return [
            _compare("register 1", register, (ours, peer), sizes),
            _compare(f"list {LISTED}", list_files, (ours, peer), sizes),
        ]


def _compare(work: str, call: Callable[[Server], None], servers: tuple[Server, Server], sizes: Sizes) -> Race:
    turns: tuple[list[Turn], list[Turn]] = [], []
    for server in servers:
        _turn(server, call, CLIENTS * WORKERS)
    for _ in range(sizes.rounds):
        for server, taken in zip(servers, turns, strict=True):
            taken.append(_turn(server, call, sizes.calls))
    return Race(work, *turns)


def _turn(server: Server, call: Callable[[Server], None], calls: int) -> Turn:
    busy, began = server.cpu(), perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: call(server), range(calls)))
    return Turn(calls / (perf_counter() - began), (server.cpu() - busy) / calls)


def _token(customer: str) -> str:
    scopes = ("files:read", "files:write")
    return signing.sign(KEY, shop=SHOP, now=clock.now(), customer=customer, scopes=scopes)


def _make_places() -> None:
    who, key = principals.command("bench"), signing.public_part(KEY)
    identity.create_shop(id=SHOP, name="Race", principal=who, now=clock.now(), public_keys=[key], allowed_origins=[])
    aws.dynamodb().create_table(
        TableName=_peers_table(),
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )


def _peers_table() -> str:
    return f"{settings.IMAGESTORE_TABLE}-peer"


def _ours() -> tuple[str, ...]:
    pool = ("--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS), "--no-control-socket")
    return ("-m", "gunicorn", "imagestore.wsgi:application", *pool, "--bind")


def _peer() -> tuple[str, ...]:
    return ("-m", "uvicorn", "benchmarks.peer:app", "--workers", str(WORKERS), "--log-level", "warning", "--port")


@contextmanager
def _started(command: tuple[str, ...], prefix: str) -> Iterator[Server]:
    port = ports.free_port()
    place = f"{ports.LOOPBACK}:{port}" if command[-1] == "--bind" else str(port)
    environment = {
        **os.environ,
        "IMAGESTORE_REQUEST_RATE": "0",
        **{name: str(getattr(settings, name)) for name in PLACES},
        "PEER_TABLE": _peers_table(),
        "PEER_KEY": json.dumps(signing.public_part(KEY)),
    }
    process = Process((sys.executable, *command, place), environment)
    try:
        wait_until(lambda: not process.alive or ports.answers(f"http://{ports.LOOPBACK}:{port}/healthz"), 30)
        if not process.alive:
            raise RuntimeError(f"{' '.join(command)} ended at start: {process.last_words()}")
        yield Server(process, port, prefix)
    finally:
        process.stop(5)
