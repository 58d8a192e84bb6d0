"""Servers that behave badly, and one whose certificate is good: on loopback, one connection after another."""

import datetime
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Behave = Callable[[socket.socket], None]
"""What is done with a connection; its end ends it."""


@contextmanager
def serving(behave: Behave) -> Iterator[int]:
    """Answers the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        behave(connection)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def until_hung_up(connection: socket.socket) -> None:
    """Takes all that comes and says nothing."""
    while connection.recv(65_536):
        pass


def without_end(beginning: bytes, more: bytes) -> Behave:
    def behave(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(beginning)
        while True:
            connection.sendall(more)

    return behave


def request(connection: socket.socket) -> bytes:
    """The whole of it: what is left unread when a connection is closed breaks the answer that is on its way.

    Of what is no request in HTTP, the beginning.
    """
    told = connection.recv(65_536)
    while told.startswith(b"POST ") and not _is_whole(told) and (more := connection.recv(65_536)):
        told += more
    return told


def _is_whole(told: bytes) -> bool:
    head, end, body = told.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


def saying(answer: bytes) -> Behave:
    def behave(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(answer)

    return behave


def encrypted(behave: Behave, certificate: Path) -> Behave:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def behave_encrypted(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            behave(wrapped)

    return behave_encrypted


def certificate_for(host: str, folder: Path) -> Path:
    """Key and certificate in one file; whoever trusts it trusts it for this host alone."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file
