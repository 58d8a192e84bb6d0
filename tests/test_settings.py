"""A missing or wrong setting stops the start with one line that names it."""

import os
import subprocess
import sys

import pytest

from imagestore.local.place import ROOT


def started(*arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **{name: value for name, value in changes.items() if value is not None}}
    for name in [name for name, value in changes.items() if value is None]:
        del environment[name]
    command = [sys.executable, "manage.py", *(arguments or ("check",))]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_with_all_settings_it_starts() -> None:
    assert started().returncode == 0


def test_no_command_is_on_offer_that_needs_a_relational_database() -> None:
    offered = started("help", "--commands").stdout.split()
    assert {"create_shop", "run_job", "check", "shell"} <= set(offered)
    assert not {"dbshell", "flush", "loaddata", "createsuperuser", "runserver"} & set(offered)
    assert "Unknown command: 'flush'" in started("flush").stderr


@pytest.mark.parametrize(
    "variable",
    ["IMAGESTORE_TABLE", "IMAGESTORE_BUCKET", "IMAGESTORE_QUEUE_BASE_URL", "IMAGESTORE_SECRET_KEY"],
)
def test_a_missing_setting_is_one_line_that_says_how_to_set_it(variable: str) -> None:
    refused = started(**{variable: None})
    assert refused.returncode == 1
    (line,) = refused.stderr.strip().splitlines()
    assert line.startswith(f"{variable} is not set: ")
    assert "Export it" in line


@pytest.mark.parametrize(
    ("variable", "allowed"),
    [
        ("IMAGESTORE_DOMAINS", "files, projects, scheduler"),
        ("IMAGESTORE_DOORS", "api, events, tasks, staff, public"),
        ("IMAGESTORE_REQUEST_RATE", "a whole number from 0 on"),
        ("IMAGESTORE_ENVIRONMENT", "production, development"),
    ],
)
def test_a_wrong_choice_is_one_line_that_names_the_right_ones(variable: str, allowed: str) -> None:
    refused = started(**{variable: "nonsense"})
    (line,) = refused.stderr.strip().splitlines()
    assert refused.returncode == 1
    assert variable in line
    assert allowed in line
