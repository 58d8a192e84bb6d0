"""An operator's virus scanner, if there is one: IMAGESTORE_SCANNER is `command:/path args` or an http(s) address."""

import shlex
import subprocess
from pathlib import Path

import urllib3
from django.conf import settings

SECONDS = 60
COMMAND = "command:"
LONGEST_REASON = 100
UNNAMED = "something without a name"


class ScannerFailed(Exception):
    """Nothing is known of the file: it is scanned again later."""


def scan(file: Path) -> str | None:
    """What was found in it; None for a clean file or without a scanner. Raises ScannerFailed."""
    place: str = settings.IMAGESTORE_SCANNER
    if not place:
        return None
    return _run(place.removeprefix(COMMAND), file) if place.startswith(COMMAND) else _post(place, file)


def _run(command: str, file: Path) -> str | None:
    """Called with the file's path. Ends with 0 for a clean file, with 1 and the finding on standard output else."""
    try:
        ended = subprocess.run([*shlex.split(command), str(file)], capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScannerFailed(str(error)) from error
    if ended.returncode not in (0, 1):
        raise ScannerFailed(f"the scanner ended with {ended.returncode}: {_words(ended.stderr)}")
    return _words(ended.stdout) if ended.returncode else None


def _post(url: str, file: Path) -> str | None:
    """The bytes as a body. 2xx says clean, 422 says infected, with the finding as its text."""
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.stat().st_size)}
    try:
        with file.open("rb") as body:
            answer = _pool.request("POST", url, body=body, headers=headers)
    except urllib3.exceptions.HTTPError as error:
        raise ScannerFailed(str(error)) from error
    if answer.status == 422:
        return _words(answer.data)
    if not 200 <= answer.status < 300:
        raise ScannerFailed(f"the scanner answered {answer.status}")
    return None


def _words(text: bytes) -> str:
    """One line that may stand in a row and before a customer."""
    line = next(iter(text.decode("utf-8", "replace").strip().splitlines()), "")
    return "".join(letter for letter in line if letter.isprintable())[:LONGEST_REASON] or UNNAMED


_pool = urllib3.PoolManager(retries=False, timeout=SECONDS)
