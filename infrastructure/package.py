"""Makes the ZIP of a stage: `make package STAGE=files`.

Zappa zips the environment that VIRTUAL_ENV names. This module makes one that holds what Lambda needs and nothing
else, and after Zappa (`callbacks.zip` of zappa_settings.json) it compiles what is in the ZIP, because Zappa dates
every file 1980: bytecode that Python compares with its source would be compiled anew at each cold start.
"""

import argparse
import compileall
import importlib.metadata
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"imagestore", "files", "projects", "scheduler"}
ENVIRONMENT = ROOT / "build" / "lambda"
WHEELS = ("manylinux_2_26_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
"""Lambda's Python 3.11 stands on Amazon Linux 2, whose C library (2.26) takes no newer ones."""
PLATFORM = (*(f"--platform={tag}" for tag in WHEELS), "--python-version=3.11", "--implementation=cp")
ZAPPA = {"zappa", "werkzeug", "markupsafe", "durationpy"}
"""What Zappa's handler imports; the rest of Zappa's requirements deploy and stay here."""
UNUSED = {"gunicorn", "pycurl", "click-repl", "prompt-toolkit", "wcwidth", "pycparser", "pygments"}
"""Of the run lock: what serves and works off queues elsewhere than on Lambda."""
BOTOCORE_SERVICES = {"cloudwatch", "dynamodb", "s3", "sqs", "sts"}
"""The runtime has a botocore of its own, but changes it without notice; the pinned one travels along."""
BALLAST = (
    "bin",
    "*.dist-info/RECORD",
    "django/contrib/gis",
    "django/contrib/admindocs",
    "django/contrib/postgres",
    "django/contrib/*/locale",
    "django/conf/locale/[!e_]*",
    "ninja/static",
    "boto3/examples",
    "zstandard/*cffi*",
    "PIL/_imagingft*",
    "PIL/_imagingtk*",
    "pillow.libs/libfreetype*",
    "pillow.libs/libharfbuzz*",
    "pillow.libs/libpng*",
    "pillow.libs/libbrotli*",
    "**/__pycache__",
    "**/tests",
    "**/*.pyi",
)
EARLIEST = (1980, 1, 1, 0, 0, 0)


class Zappa(Protocol):
    zip_path: str


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Makes the ZIP of a stage of zappa_settings.json.")
    parser.add_argument("stage")
    parser.add_argument("-o", "--output", type=Path, help="default: build/imagestore-STAGE.zip")
    parser.add_argument("--environment", type=Path, default=ENVIRONMENT, help="made unless it exists")
    parser.add_argument(
        "--installed",
        action="store_true",
        help="copy what is installed here instead of asking a package index; on Linux x86-64, for a local AWS",
    )
    chosen = parser.parse_args(arguments)
    output: Path = chosen.output or ROOT / "build" / f"imagestore-{chosen.stage}.zip"
    if not chosen.environment.is_dir():
        make_environment(chosen.environment, installed=chosen.installed)
    output.parent.mkdir(parents=True, exist_ok=True)
    zappa = Path(sys.executable).with_name("zappa")
    variables = {**os.environ, "VIRTUAL_ENV": str(chosen.environment)}
    command = [zappa, "package", chosen.stage, "-o", str(output.resolve())]
    subprocess.run(command, cwd=ROOT, env=variables, check=True)


def make_environment(folder: Path, *, installed: bool) -> None:
    """As Zappa expects one: `folder/lib/python3.11/site-packages`. It appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as draft:
        packages = Path(draft) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
        packages.mkdir(parents=True)
        pins = pinned()
        copy_installed(packages, pins) if installed else install(packages, pins)
        slim(packages)
        precompile(packages)
        Path(draft).rename(folder)


def pinned() -> dict[str, str]:
    """Distribution → its lines of the lock, version and hashes. The lock is closed: nothing else is needed.

    Of some, Lambda's C library takes only an older version, which `requirements/lambda.txt` pins.
    """
    older, run, dev = (_pins(ROOT / "requirements" / f"{name}.txt") for name in ("lambda", "run", "dev"))
    return {name: older.get(name) or run.get(name) or dev[name] for name in sorted((run.keys() - UNUSED) | ZAPPA)}


def _pins(lock: Path) -> dict[str, str]:
    blocks = re.split(r"(?m)^(?=[a-z0-9])", lock.read_text())
    return {re.split(r"[\[=]", block, maxsplit=1)[0]: block for block in blocks if "==" in block}


def install(packages: Path, pins: dict[str, str]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write("".join(pins.values()))
        requirements.flush()
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
        exactly = ("--require-hashes", "--no-deps", "--no-compile", "--only-binary=:all:", "-r", requirements.name)
        subprocess.run([*pip, *PLATFORM, *exactly, "--target", str(packages)], check=True)


def copy_installed(packages: Path, pins: dict[str, str]) -> None:
    for name in pins:
        distribution = importlib.metadata.distribution(name)
        for file in distribution.files or []:
            if file.parts[0] == ".." or file.suffix == ".pyc":
                continue
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(distribution.locate_file(file)), target)


def slim(packages: Path) -> None:
    for path in [found for pattern in BALLAST for found in packages.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for service in (packages / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in BOTOCORE_SERVICES:
            shutil.rmtree(service)


def finish(zappa: Zappa) -> None:
    """Zappa calls this when its ZIP is written, for `package`, `deploy` and `update` alike.

    The environment's bytecode came along; that of the project is made here. Two ZIPs of one commit are equal.
    """
    archive = Path(zappa.zip_path)
    finished = archive.with_suffix(".finished")
    with tempfile.TemporaryDirectory() as draft, zipfile.ZipFile(archive) as made:
        kept = sorted({name for name in made.namelist() if not _is_left_out(name)})
        made.extractall(draft, [name for name in kept if _is_own(name) and name.endswith(".py")])
        precompile(Path(draft))
        with zipfile.ZipFile(finished, "w") as archived:
            for name in kept:
                _add(archived, name, made.read(name))
            for bytecode in sorted(Path(draft).rglob("*.pyc")):
                _add(archived, bytecode.relative_to(draft).as_posix(), bytecode.read_bytes())
    finished.replace(archive)


def precompile(folder: Path) -> None:
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, maxlevels=100, quiet=2, workers=0, stripdir=folder, invalidation_mode=unchecked)


def _is_own(name: str) -> bool:
    return name.partition("/")[0] in PACKAGES or "/" not in name


def _is_left_out(name: str) -> bool:
    """Old bytecode of the project, and what names the machine, its user and the minute."""
    return name == "package_info.json" or (
        name.endswith(".pyc") and name.partition("/")[0] in PACKAGES | {"__pycache__"}
    )


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    archive.writestr(entry, content)


if __name__ == "__main__":
    main(sys.argv[1:])
