"""The operator's scanner: a command or an address, and what each of their answers means."""

import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from files import scanner
from imagestore.environment import address

BYTES = b"the bytes of a photo"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "a photo"
    file.write_bytes(BYTES)
    return file


@pytest.fixture
def command(tmp_path: Path, settings: Settings) -> Callable[[str], None]:
    """A scanner of so many lines of Python."""

    def install(source: str) -> None:
        program = tmp_path / "scan.py"
        program.write_text(source)
        settings.IMAGESTORE_SCANNER = f"command:{sys.executable} {program}"

    return install


@pytest.fixture
def service(settings: Settings) -> Iterator[dict[str, object]]:
    """A scanner behind an address; the test says what it answers, and sees what it got."""
    told: dict[str, object] = {"status": 200, "text": b""}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told["body"] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(int(str(told["status"])))
            self.end_headers()
            self.wfile.write(bytes(str(told["text"]), "utf-8"))

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings.IMAGESTORE_SCANNER = f"http://127.0.0.1:{server.server_port}/scan"
        yield told
        server.shutdown()
        thread.join()


def test_without_a_scanner_everything_is_clean(photo: Path) -> None:
    assert scanner.scan(photo) is None


def test_a_command_reads_the_photo_and_says_that_it_is_clean(photo: Path, command: Callable[[str], None]) -> None:
    command(f"import sys; assert open(sys.argv[-1], 'rb').read() == {BYTES!r}")
    assert scanner.scan(photo) is None


def test_a_command_that_ends_with_1_says_what_it_found(photo: Path, command: Callable[[str], None]) -> None:
    command("import sys; print('Eicar-Test'); print('more'); sys.exit(1)")
    assert scanner.scan(photo) == "Eicar-Test"


@pytest.mark.parametrize(
    "source", ["import sys; sys.exit(2)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_a_command_that_fails_knows_nothing(source: str, photo: Path, command: Callable[[str], None]) -> None:
    command(source)
    with pytest.raises(scanner.ScannerFailed):
        scanner.scan(photo)


def test_a_command_that_is_not_there_knows_nothing(photo: Path, settings: Settings) -> None:
    settings.IMAGESTORE_SCANNER = "command:/nonexistent/scanner"
    with pytest.raises(scanner.ScannerFailed):
        scanner.scan(photo)


def test_a_command_that_takes_too_long_knows_nothing(
    photo: Path, command: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "SECONDS", 0.2)
    command("import threading; threading.Event().wait()")
    with pytest.raises(scanner.ScannerFailed):
        scanner.scan(photo)


def test_a_service_gets_the_bytes_and_says_that_they_are_clean(photo: Path, service: dict[str, object]) -> None:
    assert scanner.scan(photo) is None
    assert service["body"] == BYTES


@pytest.mark.parametrize(
    ("text", "reason"), [("Eicar-Test", "Eicar-Test"), ("", "something without a name"), ("x" * 5000, "x" * 100)]
)
def test_a_service_that_answers_422_says_what_it_found(
    text: str, reason: str, photo: Path, service: dict[str, object]
) -> None:
    service |= {"status": 422, "text": text}
    assert scanner.scan(photo) == reason


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_any_other_answer_says_nothing(status: int, photo: Path, service: dict[str, object]) -> None:
    service["status"] = status
    with pytest.raises(scanner.ScannerFailed):
        scanner.scan(photo)


def test_a_service_that_is_not_there_says_nothing(photo: Path, settings: Settings) -> None:
    settings.IMAGESTORE_SCANNER = "http://127.0.0.1:9/"
    with pytest.raises(scanner.ScannerFailed):
        scanner.scan(photo)


def test_a_setting_that_is_neither_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGESTORE_SCANNER", "clamscan")
    with pytest.raises(ImproperlyConfigured, match="IMAGESTORE_SCANNER"):
        address("IMAGESTORE_SCANNER", "command:", "http://", "https://")
