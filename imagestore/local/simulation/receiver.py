"""A shop's own end of its webhooks: it hears which projects were warned of."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any

from imagestore.local import ports

Heard = SimpleQueue[dict[str, Any]]


@contextmanager
def receiving() -> Iterator[tuple[str, Heard]]:
    """Its url, and what is heard there."""
    heard: Heard = SimpleQueue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """In silence."""

    server = ThreadingHTTPServer((ports.LOOPBACK, 0), Receiver)
    beside = threading.Thread(target=server.serve_forever, daemon=True)
    beside.start()
    try:
        yield f"http://{ports.LOOPBACK}:{server.server_port}/", heard
    finally:
        server.shutdown()
        server.server_close()
        beside.join()
