"""S3 Inventory as a list of the bucket: storage writes it once a day, and reading it costs next to nothing.

A manifest names the files of the list, which are gzipped CSV without a heading, in no order. What the list is of was
some hours ago: whoever uses it looks again at what it seems to show.
"""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import IO, Any
from urllib.parse import unquote_plus

import orjson
from django.conf import settings

from imagestore.common import clock
from imagestore.common.errors import Invalid
from imagestore.common.merging import sorted_by_key
from imagestore.common.objects import Listed
from imagestore.common.vaults import NotInVault, Vault, digest_of, opened, vault

NEEDED = ("Key", "Size", "LastModifiedDate")


class InventoryUnreadable(Invalid):
    code, title = "inventory-unreadable", "The inventory cannot be read"


@dataclass(frozen=True, slots=True)
class Inventory:
    """`files`: MD5 by name in the vault. Without `IsLatest` in its columns it lists no versions but the newest."""

    vault: Vault
    created_at: datetime
    columns: tuple[str, ...]
    files: Mapping[str, str]

    def listing(self) -> Iterator[Listed]:
        """Every object once. Raises InventoryUnreadable for a file that is not as it was written."""
        with sorted_by_key(self._entries()) as entries:
            for quoted, found in groupby(entries, key=itemgetter(0)):
                yield _listed(unquote_plus(quoted), [text.split(" ") for _, text in found])

    def _entries(self) -> Iterator[tuple[str, str]]:
        for name, md5 in self.files.items():
            with _opened(self.vault, name) as file:
                _check(name, file, md5)
                with gzip.open(file) as unpacked:
                    lines = csv.reader(io.TextIOWrapper(unpacked, "utf-8", newline=""))
                    yield from (_entry(name, self.columns, line) for line in lines)


def inventory(place: str) -> Inventory:
    """By its manifest.json, `s3://bucket/…/manifest.json` or a path. Raises InventoryUnreadable, NotInVault."""
    folder, slash, name = place.rpartition("/")
    beside = vault(folder or slash or ".")
    try:
        with opened(beside, name) as file:
            return _inventory(beside, orjson.loads(file.read()))
    except NotInVault as error:
        raise NotInVault(f"There is no {place}.") from error
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise InventoryUnreadable(f"{place} is no manifest of an S3 Inventory.") from error


def _inventory(beside: Vault, told: Mapping[str, Any]) -> Inventory:
    if told["fileFormat"] != "CSV":
        raise InventoryUnreadable(f"The inventory is in {told['fileFormat']}; only CSV is read. Configure it so.")
    if told["sourceBucket"] != settings.IMAGESTORE_BUCKET:
        raise InventoryUnreadable(f"The inventory is of {told['sourceBucket']}, not of {settings.IMAGESTORE_BUCKET}.")
    columns = tuple(column.strip() for column in told["fileSchema"].split(","))
    if missing := [column for column in NEEDED if column not in columns]:
        raise InventoryUnreadable(f"The inventory has no {', '.join(missing)}. Configure it with these fields.")
    created = clock.from_milliseconds(int(told["creationTimestamp"]))
    files = {entry["key"]: entry["MD5checksum"] for entry in told["files"]}
    return Inventory(vault(f"s3://{beside.bucket}") if beside.bucket else beside, created, columns, files)


def _opened(place: Vault, name: str) -> Any:
    """In a bucket under its whole key; of an inventory that was copied to a folder also under the end of it."""
    tail = name.rpartition("/")[2]
    for known in (name, tail, f"data/{tail}"):
        if place.has(known):
            return opened(place, known)
    raise NotInVault(f"The inventory's file {name} is not there.")


def _check(name: str, file: IO[bytes], md5: str) -> None:
    if digest_of(file, hashlib.md5(usedforsecurity=False)) != md5:
        raise InventoryUnreadable(f"The inventory's file {name} is not as it was written: its MD5 is another.")


def _entry(name: str, columns: tuple[str, ...], line: list[str]) -> tuple[str, str]:
    """Key, quoted as it is, and `latest|older size|none modified version`."""
    if len(line) != len(columns):
        raise InventoryUnreadable(f"A line of the inventory's file {name} has {len(line)} fields, not {len(columns)}.")
    row = dict(zip(columns, line, strict=True))
    latest = "older" if row.get("IsLatest") == "false" else "latest"
    size = "none" if row.get("IsDeleteMarker") == "true" else row["Size"]
    return row["Key"], f"{latest} {size} {row['LastModifiedDate']} {row.get('VersionId') or 'null'}"


def _listed(key: str, versions: list[list[str]]) -> Listed:
    newest = next((one for one in versions if one[0] == "latest"), versions[0])
    modified = max(datetime.fromisoformat(one[2]) for one in versions)
    return Listed(key, None if newest[1] == "none" else int(newest[1]), modified, tuple(one[3] for one in versions))
