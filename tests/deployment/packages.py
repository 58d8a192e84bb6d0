"""Packaged stages: made as an operator makes them, unpacked, and driven as Lambda drives them."""

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = json.loads((ROOT / "zappa_settings.json").read_text())


def package(stage: str, folder: Path) -> Path:
    """The ZIP of a stage, unpacked. No proxy leads anywhere: whatever asked a package index would fail."""
    archive, unpacked = folder / f"{stage}.zip", folder / stage
    make = [sys.executable, "infrastructure/package.py", stage, "--installed", "-o", str(archive)]
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "PIP_INDEX_URL"), "http://127.0.0.1:9")
    subprocess.run(
        [*make, "--environment", str(folder / "environment")],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **nowhere},
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(archive) as made:
        made.extractall(unpacked)
    return unpacked


def as_stage(stage: str, packaged: Path, folder: Path) -> Path:
    """What `package` would unpack for another stage: into each Zappa writes its name and variables, and the rest is
    the same (a proof packages others and compares them)."""
    unpacked = folder / stage
    unpacked.mkdir()
    for entry in packaged.iterdir():
        # Its bytecode is not compared with its source.
        if entry.name not in ("zappa_settings.py", "__pycache__"):
            (unpacked / entry.name).symlink_to(entry)
    told = {**SETTINGS[stage]["environment_variables"], "AWS_REGION": SETTINGS["base"]["aws_region"]}
    lines = (packaged / "zappa_settings.py").read_text().splitlines()
    own = {"ENVIRONMENT_VARIABLES": told, "API_STAGE": stage}
    names = [line.partition("=")[0] for line in lines]
    lines = [f"{name}={own[name]!r}" if name in own else line for name, line in zip(names, lines, strict=True)]
    (unpacked / "zappa_settings.py").write_text("\n".join(lines))
    return unpacked


@dataclass(frozen=True)
class Answered:
    """One of both: what the handler answered, or the name and text of what it raised."""

    answer: Any = None
    error: str | None = None
    text: str = ""


class Function:
    """A stage's function: `with Function(unpacked, variables) as function: function(event)`."""

    def __init__(self, unpacked: Path, variables: dict[str, str]) -> None:
        self._unpacked = unpacked
        self._variables = variables

    def __enter__(self) -> "Function":
        runtime = Path(__file__).with_name("runtime.py")
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-P", runtime, self._unpacked, SETTINGS["base"]["lambda_handler"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._variables,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        finally:
            self._process.kill()

    def __call__(self, event: dict[str, Any]) -> Answered:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(event) + "\n")
        self._process.stdin.flush()
        return Answered(**json.loads(self._process.stdout.readline()))
