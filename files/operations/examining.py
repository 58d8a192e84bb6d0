"""All bytes of one original, from storage through scanner and decoder; in constant memory, in a folder that goes."""

import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from files import rules, scanner, storage
from files.decoding import process
from files.decoding.answers import PrintFacts
from files.probe import BrokenImage, ImageFacts, probe
from files.records import File

FOLDER = "imagestore-decode-"
LEFT_BEHIND = 2 * rules.CLAIM


class BytesMissing(Exception):
    """Storage has not the version that was confirmed. Nobody here can mend that; reconcile reports it."""


@dataclass(frozen=True, slots=True)
class Examined:
    facts: PrintFacts
    sha256: str
    renditions: dict[str, bytes]


def examine(file: File, wanted: Sequence[str], patience: float | None = None) -> Examined:
    """Raises BrokenImage with the reason why the photo cannot be used, and what leaves it undecided: BytesMissing,
    ScannerFailed, process.Unsettled, process.Busy.
    """
    process.check_size(file.size)
    _sweep_up()
    with TemporaryDirectory(prefix=FOLDER) as folder:
        place = Path(folder)
        sha256 = _save(file, place / "original")
        if file.undecoded:
            _scan(place / "original")
        answer = process.decode(place / "original", place, wanted, patience=patience)
        assert answer.facts is not None  # noqa: S101 - else the answer is a refusal, which is raised
        renditions = {name: (place / name).read_bytes() for name in wanted}
    for name, body in renditions.items():
        _check(name, body)
    return Examined(answer.facts, sha256, renditions)


def _sweep_up() -> None:
    """Folders of those who were killed at work: Lambda starts a function anew, but in the same `/tmp`."""
    for folder in Path(gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > LEFT_BEHIND.total_seconds():
                shutil.rmtree(folder, ignore_errors=True)


def _save(file: File, original: Path) -> str:
    with original.open("wb") as opened:
        sha256 = storage.save_original(file, opened)
    if sha256 is None:
        raise BytesMissing(f"storage has no version {file.object_version} of {file.id}")
    if file.sha256 and file.sha256 != sha256:
        raise BrokenImage("checksum-mismatch", "The photo's bytes are not those that were announced. Send it again.")
    return sha256


def _scan(original: Path) -> None:
    found = scanner.scan(original)
    if found is not None:
        raise BrokenImage(rules.QUARANTINED, f"The file is locked because something harmful was found in it: {found}.")


def _check(name: str, body: bytes) -> None:
    """The decoder handled foreign bytes: only what is an image of the promised type is served from here."""
    found = probe(body, len(body))
    if not isinstance(found, ImageFacts) or found.content_type != rules.RENDITIONS[name]:
        raise process.Unsettled(f"{name} is not what the decoder was asked for")
