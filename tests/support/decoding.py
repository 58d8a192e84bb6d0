"""Doors of decoding with their usual arguments, and looks at what they did."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from PIL import ExifTags, Image

from files import keys, operations, queries, tasks
from files.models import FileRow, OwnerRow
from files.operations.examining import examine
from files.records import File, Usage
from imagestore.common import due, objects, table, transaction
from imagestore.identity import queries as shops
from tests.support import hostile
from tests.support.images import Photo
from tests.support.uploads import store_undecoded
from tests.support.world import customer

ANNA = customer()
QUARTER, DAY, MONTH = timedelta(minutes=15), timedelta(days=1), timedelta(days=30)
EXAMINE = "files.operations.decoding.examine"
TRUNCATED = hostile.jpeg()[:800]


def row(file: File) -> File:
    return queries.files_by_id([file.id])[file.id]


def usage() -> Usage:
    return table.get(OwnerRow, keys.owner_row("acme", "customer:anna"), Usage, consistent=True) or Usage()


def due_at(file: File) -> datetime | None:
    place = row(file).due_sort
    return due.parse(place).due_at if place else None


def decode(*files: File) -> None:
    tasks.decode([file.id for file in files])


def hold(file: File, holder: str = "project:P") -> None:
    operations.hold(ids=[file.id], holder=holder, shop="acme", owner="customer:anna")


def release(file: File, now: datetime, holder: str = "project:P") -> None:
    policy = shops.known_shop("acme").policy
    transaction.commit(operations.release(ids=[file.id], holder=holder, shop="acme", policy=policy, now=now))


def sweep(file: File, at: datetime, *, dry_run: bool = False) -> dict[str, int]:
    """What was done at all."""
    report = operations.sweep_slice(row_keys=[keys.file_row(file.id)], dry_run=dry_run, now=at)
    assert report.failures == []
    return {word: number for word, number in report.counts.items() if number}


def broken(body: bytes = TRUNCATED) -> File:
    """Stored, for its header is good."""
    return store_undecoded([Photo("bad.jpeg", "image/jpeg", body)], ANNA)[0]


def about(found: datetime | None, wanted: datetime) -> bool:
    return found is not None and abs(found - wanted) < timedelta(seconds=30)


def object_names() -> set[str]:
    return {version.key.rpartition("/")[2].partition(".")[2] for version in objects.versions("")}


@contextmanager
def meanwhile(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> Iterator[None]:
    """`do` happens after the decoder has seen the photo and before anything is written of it."""

    def examined(*asked: Any) -> Any:
        found = examine(*asked)
        do()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(EXAMINE, examined)
        yield


def event(key: str) -> dict[str, str]:
    """A message of storage about an object that was put."""
    told = {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}}]}
    return {"messageId": key, "body": json.dumps(told)}


def set_sha256(file: File, sha256: str | None) -> None:
    """What was announced; nothing, as by forms."""
    action = FileRow.sha256.set(sha256) if sha256 else FileRow.sha256.remove()
    table.update(FileRow, keys.file_row(file.id), [action], None, File)


def taken_somewhere() -> Photo:
    tags, buffer = Image.Exif(), io.BytesIO()
    place = tags.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitude], place[ExifTags.GPS.GPSLatitudeRef] = (52, 30, 0), "N"
    place[ExifTags.GPS.GPSLongitude], place[ExifTags.GPS.GPSLongitudeRef] = (13, 15, 0), "E"
    Image.new("RGB", (16, 16)).save(buffer, "JPEG", exif=tags)
    return Photo("somewhere.jpeg", "image/jpeg", buffer.getvalue())
