"""`manage.py demo` where it cannot begin; a whole visit stands in tests/journeys/test_demo.py."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from imagestore.demo.client import Answer
from imagestore.demo.management.commands import demo
from imagestore.local import ports


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "call", lambda method, url: Answer(200, {}, b"{}"))


def test_no_server_is_one_line_with_the_way_out() -> None:
    url = f"http://127.0.0.1:{ports.free_port()}"
    with pytest.raises(CommandError, match=f"^Nothing answers at {url}; start it with `make run`") as failure:
        call_command("demo", "--url", url)
    assert failure.value.returncode == 2


def test_a_server_without_its_aws_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "call", lambda method, url: Answer(503, {}, b'{"table": "does not answer"}'))
    with pytest.raises(CommandError, match=r'is not ready: 503 \{"table": "does not answer"\}') as failure:
        call_command("demo")
    assert failure.value.returncode == 2


@pytest.mark.usefixtures("running")
def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere cannot be read: No such file or directory"):
        call_command("demo", "--photos", str(tmp_path / "nowhere"))


@pytest.mark.usefixtures("running")
def test_a_folder_without_photos_names_what_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "README.md").touch()
    with pytest.raises(CommandError, match=r"There are no photos in .*; it takes \.jpg"):
        call_command("demo", "--photos", str(tmp_path))
    assert "README.md" in capsys.readouterr().out


def test_ctrl_c_is_a_line_and_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(method: str, url: str) -> Answer:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "call", interrupt)
    with pytest.raises(SystemExit) as ended:
        call_command("demo")
    assert ended.value.code == 130
    assert capsys.readouterr().err.startswith("Interrupted.")
