"""Loopback ports: everything local listens on 127.0.0.1 only."""

import socket
import urllib.error
import urllib.request

from imagestore.local.errors import StartFailed

LOOPBACK = "127.0.0.1"
# A proxy that the environment names has no business on loopback.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Connections of a server that just ended do not count, as they do not for the next server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def require_free(port: int, option: str = "") -> None:
    """Raises StartFailed naming the port and, if there is one, the command's `option` that moves it."""
    if not is_free(port):
        other = f"choose another with {option}" if option else "choose another"
        raise StartFailed(f"Port {port} is taken: end what listens there or {other}.")


def answers(url: str) -> bool:
    """Whether `url` answers 200 at this moment."""
    try:
        with _DIRECT.open(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
