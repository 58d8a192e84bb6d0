"""A shop's own server: it takes deliveries on loopback and verifies each with the published library."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from threading import Event, Thread
from typing import Any

import pytest
import standardwebhooks.webhooks
from standardwebhooks import Webhook

from imagestore.common import clock

HANG_UP, WAIT = "hang up", "wait"
Act = int | str
"""A status to answer with, or what is done instead."""


@dataclass(frozen=True)
class Arrived:
    id: str
    type: str
    data: dict[str, Any]
    headers: dict[str, str]
    body: bytes
    path: str


@dataclass
class Receiver:
    """`acts`: what is done with the next deliveries; with all others 204. `taken`: those that it answered so."""

    url: str
    acts: list[Act] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    seen: list[Arrived] = field(default_factory=list)
    taken: list[Arrived] = field(default_factory=list)
    answer: bytes = b"we are\nout of order"
    headers: dict[str, str] = field(default_factory=dict)
    arrived: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)
    while_there: Callable[[], object] = lambda: None

    @property
    def told(self) -> list[Any]:
        """What the shop was told, in the order in which it took it."""
        return [event.data for event in self.taken]

    def take(self, headers: dict[str, str], body: bytes, path: str) -> Act:
        for secret in self.secrets:
            Webhook(secret).verify(body, headers)
        parsed = json.loads(body)
        event = Arrived(headers["webhook-id"], parsed["type"], parsed["data"], headers, body, path)
        self.seen.append(event)
        self.while_there()
        act = self.acts.pop(0) if self.acts else 204
        if isinstance(act, int) and act < 300:
            self.taken.append(event)
        return act


class _Server(ThreadingHTTPServer):
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            act = receiver.take({name.lower(): value for name, value in self.headers.items()}, body, self.path)
        except Exception as error:
            self.send_error(400, explain=str(error))
            return
        if act == WAIT:
            receiver.arrived.set()
            receiver.go_on.wait(30)
        if isinstance(act, str):
            self.connection.shutdown(SHUT_RDWR)
            return
        self.send_response(act)
        for name, value in receiver.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(receiver.answer)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _OurTime(datetime):
    """What the published library asks for the time: a shop's clock goes with ours, wherever a test has put it."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_OurTime":
        return cls.fromtimestamp(clock.now().timestamp(), tz)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", _OurTime)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hooks")
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.receiver
        server.receiver.go_on.set()
        server.shutdown()
        thread.join()
