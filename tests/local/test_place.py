"""The folder of a local imagestore and the variables that its processes and other terminals share."""

import os
from pathlib import Path

import pytest

from imagestore.environment import load_local
from imagestore.local.place import Place, write_private


def place(state: Path, emulator_port: int = 4566) -> Place:
    return Place(state=state, port=8000, emulator_port=emulator_port)


def variables_in(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def test_the_first_start_writes_a_secret_that_later_starts_keep(tmp_path: Path) -> None:
    place(tmp_path).write_variables()
    first = variables_in(tmp_path / "env")
    place(tmp_path).write_variables()
    assert len(first["IMAGESTORE_SECRET_KEY"]) >= 50
    assert variables_in(tmp_path / "env") == first


def test_two_places_have_two_secrets(tmp_path: Path) -> None:
    secrets = {place(tmp_path / name).write_variables()["IMAGESTORE_SECRET_KEY"] for name in ("one", "two")}
    assert len(secrets) == 2


def test_another_port_moves_the_addresses(tmp_path: Path) -> None:
    place(tmp_path).write_variables()
    place(tmp_path, emulator_port=5000).write_variables()
    written = variables_in(tmp_path / "env")
    assert written["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5000"
    assert written["IMAGESTORE_QUEUE_BASE_URL"] == "http://127.0.0.1:5000/000000000000"


def test_what_a_person_added_stays(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("# mine\nIMAGESTORE_LOG_LEVEL=DEBUG\n")
    assert place(tmp_path).write_variables()["IMAGESTORE_LOG_LEVEL"] == "DEBUG"
    assert variables_in(tmp_path / "env")["IMAGESTORE_LOG_LEVEL"] == "DEBUG"


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    place(tmp_path).write_variables()
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600


def test_a_private_file_is_replaced_and_stays_private(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "demo.json"
    write_private(file, "one")
    write_private(file, "two")
    assert file.read_text() == "two"
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_account_of_the_shell_does_not_reach_the_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-production")
    monkeypatch.setenv("IMAGESTORE_TABLE", "production")
    environment = place(tmp_path).environment()
    assert "AWS_PROFILE" not in environment
    assert "AWS_SESSION_TOKEN" not in environment
    assert environment["IMAGESTORE_TABLE"] == "imagestore"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"


def test_settings_of_another_terminal_read_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = place(tmp_path).write_variables()
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", {})
        load_local(tmp_path / "env")
        assert os.environ == written
