"""One POST to somebody else's server: where it goes, what it takes for an answer, and that it always ends."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagestore.local import ports
from imagestore.webhooks import posting
from imagestore.webhooks.posting import NoReply, Reply, post
from tests.support.receiver import Receiver
from tests.support.servers import (
    Behave,
    certificate_for,
    encrypted,
    request,
    saying,
    serving,
    until_hung_up,
    without_end,
)

HOST = "hooks.shop.example"
PUBLIC = "93.184.215.14"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.fixture(autouse=True)
def _forget_whom_to_trust() -> Iterator[None]:
    yield
    posting._tls.cache_clear()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> "Names":
    return Names(monkeypatch)


class Names:
    """The name servers: what they answer, and what they were asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: list[list[str]] = []
        self.asked: list[str] = []
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        if not host.endswith(".example"):
            return list(self._real(host, port, *args, **options))
        self.asked.append(host)
        if not self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.answers.pop(0)]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where connections would have been made to; none is."""
    made: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        made.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", connect)
    return made


def send(url: str, *, anywhere: bool = True) -> Reply:
    return post(url, b"{}", {"webhook-id": "1"}, anywhere=anywhere)


def failed(url: str, *, anywhere: bool = True) -> str:
    with pytest.raises(NoReply) as told:
        send(url, anywhere=anywhere)
    assert told.value.text.endswith(".")
    return told.value.cause


class TestWhere:
    def test_the_connection_is_made_to_the_address_that_was_checked(
        self, names: Names, connections: list[tuple[str, int]]
    ) -> None:
        """The name leads home when it is asked again: nobody asks."""
        names.answers = [[PUBLIC], ["127.0.0.1"]]
        assert failed(f"https://{HOST}/", anywhere=False) == "connection-failed"
        assert (names.asked, connections) == ([HOST], [(PUBLIC, 443)])

    @pytest.mark.parametrize(
        "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:a00:1", "fe80::1%1"]
    )
    @pytest.mark.parametrize("others", [[], [PUBLIC]], ids=["alone", "beside a public one"])
    def test_a_name_that_leads_home_is_not_followed(
        self, names: Names, connections: list[tuple[str, int]], address: str, others: list[str]
    ) -> None:
        names.answers = [[*others, address]]
        assert failed(f"https://{HOST}/", anywhere=False) == "address-refused"
        assert connections == []

    def test_what_a_name_leads_to_is_not_told(self, names: Names) -> None:
        names.answers = [["10.1.2.3"]]
        with pytest.raises(NoReply) as told:
            send(f"https://{HOST}/", anywhere=False)
        assert "10.1.2.3" not in told.value.text

    def test_a_number_that_the_system_takes_as_an_address_is_checked_too(
        self, connections: list[tuple[str, int]]
    ) -> None:
        """No url is stored that has one; should there be one, it leads nowhere all the same."""
        for host in ("2130706433", "0x7f000001", "127.1", "0177.0.0.1"):
            assert failed(f"https://{host}/", anywhere=False) in ("address-refused", "name-unknown")
        assert connections == []

    def test_a_redirect_is_an_answer_and_not_followed(self, receiver: Receiver) -> None:
        with serving(saying(b"HTTP/1.1 302 Found\r\nLocation: " + receiver.url.encode() + b"\r\n\r\n")) as port:
            assert send(f"http://127.0.0.1:{port}/").status == 302
        assert receiver.seen == []

    def test_no_proxy_of_the_environment_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(variable, "http://127.0.0.1:9")
            monkeypatch.setenv(variable.upper(), "http://127.0.0.1:9")
        with serving(saying(NO_CONTENT)) as port:
            assert send(f"http://127.0.0.1:{port}/").status == 204

    def test_the_next_address_is_tried_when_one_takes_no_connection(self, names: Names) -> None:
        names.answers = [["::1", "127.0.0.1"]]
        with serving(saying(NO_CONTENT)) as port:
            assert send(f"http://{HOST}:{port}/").status == 204

    def test_at_most_four_addresses_of_a_name_are_tried(self, names: Names, connections: list[tuple[str, int]]) -> None:
        names.answers = [[f"93.184.215.{number}" for number in range(50)]]
        assert failed(f"https://{HOST}/", anywhere=False) == "connection-failed"
        assert len(connections) == 4

    def test_a_name_that_nobody_knows(self, names: Names) -> None:
        assert failed(f"https://{HOST}/", anywhere=False) == "name-unknown"

    def test_a_port_at_which_nobody_listens(self) -> None:
        assert failed(f"http://127.0.0.1:{ports.free_port()}/") == "connection-failed"


class TestEncryption:
    @pytest.fixture
    def trusted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        certificate = certificate_for(HOST, tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        return certificate

    def test_the_certificate_is_that_of_the_name_and_not_of_the_address(self, names: Names, trusted: Path) -> None:
        names.answers = [["127.0.0.1"]]
        heard: list[bytes] = []

        def behave(connection: socket.socket) -> None:
            heard.append(request(connection))
            connection.sendall(NO_CONTENT)

        with serving(encrypted(behave, trusted)) as port:
            assert send(f"https://{HOST}:{port}/a?b=c").status == 204
        assert heard[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
        assert f"\r\nHost: {HOST}:{port}\r\n".encode() in heard[0]

    def test_that_of_another_name_is_refused(self, names: Names, trusted: Path) -> None:
        names.answers = [["127.0.0.1"]]
        with serving(encrypted(saying(NO_CONTENT), trusted)) as port:
            assert failed(f"https://other.example:{port}/") == "tls-failed"

    def test_one_that_nobody_vouches_for_is_refused(self, names: Names, tmp_path: Path) -> None:
        names.answers = [["127.0.0.1"]]
        with serving(encrypted(saying(NO_CONTENT), certificate_for(HOST, tmp_path))) as port:
            assert failed(f"https://{HOST}:{port}/") == "tls-failed"

    def test_a_server_that_does_not_encrypt(self, names: Names) -> None:
        names.answers = [["127.0.0.1"]]
        with serving(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
            assert failed(f"https://{HOST}:{port}/") == "tls-failed"


class TestAnswers:
    @pytest.mark.parametrize("status", [200, 201, 204, 301, 404, 410, 429, 500, 503, 599])
    def test_every_status_is_an_answer(self, status: int) -> None:
        with serving(saying(f"HTTP/1.1 {status} X\r\nContent-Length: 4\r\n\r\nbody".encode())) as port:
            told = send(f"http://127.0.0.1:{port}/")
        assert told == Reply(status, "" if status < 300 else "body")

    def test_an_excerpt_is_one_short_line_of_what_can_be_read(self) -> None:
        body = b"<html>\r\n\x00\x1b[31m\xff out of\torder " + b"x" * 1000
        with serving(saying(b"HTTP/1.1 500 X\r\n\r\n" + body)) as port:
            excerpt = send(f"http://127.0.0.1:{port}/").excerpt
        assert excerpt.startswith("<html> [31m� out of order xxx")
        assert len(excerpt) == posting.EXCERPT_LENGTH

    def test_an_answer_that_ends_in_the_middle_has_been_one(self) -> None:
        with serving(saying(b"HTTP/1.1 500 X\r\nContent-Length: 100\r\n\r\nsorry")) as port:
            assert send(f"http://127.0.0.1:{port}/") == Reply(500, "sorry")

    @pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 twohundred OK\r\n\r\n", b"\x00" * 100])
    def test_what_is_no_http_is_none(self, answer: bytes) -> None:
        with serving(saying(answer)) as port:
            assert failed(f"http://127.0.0.1:{port}/") == "connection-closed"


class TestItsEnd:
    """Whatever the other side does, within the time that an attempt has."""

    @pytest.fixture(autouse=True)
    def _hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(posting, "TOTAL_SECONDS", 0.3)

    @pytest.mark.parametrize(
        "behave",
        [
            until_hung_up,
            without_end(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
            without_end(b"HTTP/1.1 100 Continue\r\n", b"a: b\r\n"),
        ],
        ids=["silence", "promises without end", "headers of a promise without end"],
    )
    def test_who_does_not_answer_is_left(self, behave: Behave) -> None:
        with serving(behave) as port:
            assert failed(f"http://127.0.0.1:{port}/") in ("timeout", "connection-closed")

    def test_who_does_not_even_encrypt_is_left(self, names: Names) -> None:
        names.answers = [["127.0.0.1"]]
        with serving(until_hung_up) as port:
            assert failed(f"https://{HOST}:{port}/") == "timeout"

    def test_headers_without_end_are_no_answer(self) -> None:
        for more in (b"a: b\r\n", b"a" * 1000):
            with serving(without_end(b"HTTP/1.1 200 OK\r\n", more)) as port:
                assert failed(f"http://127.0.0.1:{port}/") in ("timeout", "connection-closed")

    def test_of_a_body_without_end_the_beginning_is_read(self) -> None:
        with serving(without_end(b"HTTP/1.1 500 X\r\n\r\n", b"no " * 1000)) as port:
            assert send(f"http://127.0.0.1:{port}/").excerpt.startswith("no no no")

    def test_a_success_is_one_however_long_its_body(self) -> None:
        with serving(without_end(b"HTTP/1.1 200 OK\r\n\r\n", b"yes " * 1000)) as port:
            assert send(f"http://127.0.0.1:{port}/").status == 200

    def test_a_body_that_never_comes_keeps_nobody(self) -> None:
        def behave(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 500 X\r\nContent-Length: 9\r\n\r\n")
            until_hung_up(connection)

        with serving(behave) as port:
            assert send(f"http://127.0.0.1:{port}/") == Reply(500, "")
