"""One POST to where a shop wants it, bounded in time and bytes; no redirects, no proxies, only checked addresses.

A name is looked up once. All that it leads to is checked, and the connection is made to one of these very addresses:
a name that answers differently a moment later reaches nothing of ours.
"""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Event, Timer
from urllib.parse import SplitResult, urlsplit

from imagestore.webhooks import addresses

CONNECT_SECONDS, TOTAL_SECONDS = 5.0, 15.0
"""Without the name servers' time, which the system's resolver bounds."""
MOST_ADDRESSES = 4
EXCERPT_BYTES, EXCERPT_LENGTH = 512, 200
FAILURES = (OSError, HTTPException, ValueError)


@dataclass(frozen=True, slots=True)
class Reply:
    """`excerpt`: how the body begins, of an answer that is no success."""

    status: int
    excerpt: str = ""


class NoReply(Exception):
    """There is no HTTP answer. `cause` is a word to branch on, the text a sentence for the shop's engineers."""

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause, self.text = cause, text


def post(url: str, body: bytes, headers: Mapping[str, str], *, anywhere: bool) -> Reply:
    """`anywhere`: in development, to this machine too. Raises NoReply."""
    parts = urlsplit(url)
    host, port = str(parts.hostname), parts.port or addresses.PORTS[parts.scheme]
    found, began = _looked_up(host, port, anywhere), time.monotonic()
    with closing(_connected(found, port)) as connection:
        seconds = TOTAL_SECONDS - (time.monotonic() - began)
        with _cut_off_after(max(seconds, 0.1), connection) as cut_off:
            try:
                return _exchange(connection, parts, body, headers)
            except FAILURES as error:
                raise _no_reply(error, cut_off) from error


def _looked_up(host: str, port: int, anywhere: bool) -> list[str]:
    """All addresses of a name; none of them may be closed. What it leads to is not told: it may be a name of ours."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoReply("name-unknown", f"No name server knows {host}.") from error
    distinct = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not anywhere and addresses.closed(distinct):
        raise NoReply("address-refused", f"{host} leads to an address that is not public.")
    return distinct[:MOST_ADDRESSES]


def _connected(found: list[str], port: int) -> socket.socket:
    """To the first that takes the connection: of two families one may lead nowhere from here."""
    text, until = "", time.monotonic() + TOTAL_SECONDS
    for address in found:
        seconds = min(CONNECT_SECONDS, until - time.monotonic())
        if seconds > 0:
            try:
                return socket.create_connection((address, port), seconds)
            except OSError as error:
                text = error.strerror or "no answer in time"
    raise NoReply("connection-failed", f"No connection could be made: {text}.")


@contextmanager
def _cut_off_after(seconds: float, connection: socket.socket) -> Iterator[Event]:
    """Whatever it is doing then: an answer that drips in byte by byte would keep whoever waits for it for ever."""
    cut_off, twin = Event(), connection.dup()

    def cut() -> None:
        cut_off.set()
        with suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield cut_off
    finally:
        timer.cancel()
        twin.close()


def _exchange(connection: socket.socket, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> Reply:
    connection.settimeout(TOTAL_SECONDS)
    if parts.scheme == "https":
        connection = _tls().wrap_socket(connection, server_hostname=parts.hostname)
    with closing(connection):
        client = HTTPConnection(str(parts.hostname))
        # Given a connection, it makes none of its own.
        client.sock = connection
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        client.request("POST", target, body, {**headers, "Host": _host(parts), "Connection": "close"})
        with closing(client.getresponse()) as answer:
            return Reply(answer.status, "" if answer.status < 300 else _excerpt(answer))


def _host(parts: SplitResult) -> str:
    """As a browser writes it: without the port that is usual."""
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    return host if parts.port in (None, addresses.PORTS[parts.scheme]) else f"{host}:{parts.port}"


def _excerpt(answer: HTTPResponse) -> str:
    """One line of what may be anything. An answer that ends in the middle has been one all the same."""
    beginning = b""
    with suppress(*FAILURES):
        beginning = answer.read(EXCERPT_BYTES)
    text = " ".join(beginning.decode("utf-8", "replace").split())
    return "".join(letter for letter in text if letter.isprintable())[:EXCERPT_LENGTH]


def _no_reply(error: Exception, cut_off: Event) -> NoReply:
    if cut_off.is_set() or isinstance(error, TimeoutError):
        return NoReply("timeout", f"No answer within {TOTAL_SECONDS:.0f} seconds.")
    if isinstance(error, ssl.SSLError):
        words = getattr(error, "verify_message", "") or error.reason or "no handshake"
        return NoReply("tls-failed", f"The connection cannot be encrypted: {words}.")
    return NoReply("connection-closed", "The connection ended without an answer in HTTP.")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
