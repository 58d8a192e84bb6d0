"""A backup in its vault: parts of JSON lines, each with a note that it is done, and a manifest at the end."""

import gzip
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

import orjson

from imagestore.backup.errors import BackupDamaged, BackupIncomplete
from imagestore.backup.records import Begun, Manifest, Part
from imagestore.common.batches import chunks
from imagestore.common.vaults import NotInVault, Vault, digest_of, opened

MANIFEST, BEGUN, MOMENT = "manifest.json", "begun.json", "moment.json"
LINES_AT_ONCE = 200


def write_part(vault: Vault, name: str, entries: Iterable[object], clock: Callable[[], datetime]) -> Part:
    """There once it is whole; a note beside it says so."""
    began_at, number = clock(), 0
    with TemporaryFile() as file:
        # Without a time of its own, so that the same entries make the same bytes.
        with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
            for some in chunks(entries, LINES_AT_ONCE):
                packed.write(b"".join(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE) for entry in some))
                number += len(some)
        size = file.tell()
        part = Part(name, number, size, digest_of(file, hashlib.sha256()), began_at, clock())
        vault.put(f"{name}.jsonl.gz", file)
    _write(vault, f"{name}.json", part)
    return part


def finished(vault: Vault, name: str) -> Part | None:
    told = _read(vault, f"{name}.json")
    return _part(told) if told else None


def entries(vault: Vault, part: Part) -> Iterator[dict[str, Any]]:
    """Raises BackupDamaged."""
    try:
        with opened(vault, f"{part.name}.jsonl.gz") as file:
            if digest_of(file, hashlib.sha256()) != part.sha256:
                raise BackupDamaged(f"The part {part.name} is not as it was written: its SHA-256 is another.")
            with gzip.open(file) as lines:
                yield from map(orjson.loads, lines)
    except NotInVault as missing:
        raise BackupDamaged(f"The part {part.name} is missing.") from missing


def begin(vault: Vault, begun: Begun) -> None:
    _write(vault, BEGUN, begun)


def begun(vault: Vault) -> Begun | None:
    told = _read(vault, BEGUN)
    return _begun(told) if told else None


def fix_moment(vault: Vault, at: datetime) -> None:
    _write(vault, MOMENT, {"at": at})


def moment(vault: Vault) -> datetime | None:
    told = _read(vault, MOMENT)
    return datetime.fromisoformat(told["at"]) if told else None


def finish(vault: Vault, manifest: Manifest) -> None:
    _write(vault, MANIFEST, manifest)


def is_finished(vault: Vault) -> bool:
    return vault.has(MANIFEST)


def manifest(vault: Vault) -> Manifest:
    """Raises BackupIncomplete."""
    told = _read(vault, MANIFEST)
    if told is None:
        raise BackupIncomplete(f"There is no finished backup at {vault.key('')}. Was it interrupted? Begin it again.")
    return Manifest(
        _begun(told["begun"]),
        datetime.fromisoformat(told["at"]),
        tuple(map(_part, told["rows"])),
        tuple(map(_part, told["versions"])),
    )


def _begun(told: Mapping[str, Any]) -> Begun:
    return Begun(**{**told, "began_at": datetime.fromisoformat(told["began_at"])})


def _part(told: Mapping[str, Any]) -> Part:
    moments = {name: datetime.fromisoformat(told[name]) for name in ("began_at", "ended_at")}
    return Part(**{**told, **moments})


def _write(vault: Vault, name: str, told: object) -> None:
    vault.put(name, io.BytesIO(orjson.dumps(told, option=orjson.OPT_INDENT_2)))


def _read(vault: Vault, name: str) -> dict[str, Any] | None:
    try:
        with opened(vault, name) as file:
            told: dict[str, Any] = orjson.loads(file.read())
            return told
    except NotInVault:
        return None
