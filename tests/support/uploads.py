"""Uploading as a client does it: register, PUT to the signed url, confirm."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any
from unittest import mock

import urllib3
from django.conf import settings

from files import keys, operations
from files.decoding.answers import PrintFacts
from files.models import FileRow
from files.operations import decoding
from files.operations.examining import Examined
from files.operations.registering import Registered
from files.records import File, NewFile
from imagestore.common import aws, clock, table
from imagestore.common.principal import Principal
from tests.support.images import Photo, photo

http = urllib3.PoolManager(maxsize=16)
ALONE = RLock()


def put(upload: dict[str, Any], body: bytes, **changes: str) -> int:
    """Sends the bytes to storage as told; answers the HTTP status. `changes` replace headers."""
    headers = upload["headers"] | {name.replace("_", "-"): value for name, value in changes.items()}
    return http.request(upload["method"], upload["url"], body=body, headers=headers).status


def post(form: Any, body: bytes, **changes: str) -> int:
    """Sends the bytes as a form does, whether it was registered here or told by the API; answers the HTTP status."""
    url = form["url"] if isinstance(form, dict) else form.url
    fields = form["fields"] if isinstance(form, dict) else form.fields
    sent = fields | {name.replace("_", "-"): value for name, value in changes.items()}
    return http.request("POST", url, fields=[*sent.items(), ("file", ("photo", body))]).status


def store(photos: Sequence[Photo], owner: Principal) -> list[File]:
    """Files that are stored and decoded, without a signed url and a decoder: for tests of what comes after.

    In four requests each, of which the last writes what a decoder ends with.
    """
    return [_as_decoded(file) for file in _send(photos, owner)]


def _as_decoded(sent: File) -> File:
    file = operations.confirm_arrival(shop_id=sent.shop, id=sent.id, now=clock.now())
    assert file is not None
    examined = Examined(_facts(file), file.sha256, {})
    actions = decoding._decoded(file, examined, set(), clock.now())
    won, row = table.update(FileRow, keys.file_row(file.id), actions, None, File)
    assert won
    assert row is not None
    return row


def _facts(file: File) -> PrintFacts:
    """What the header says."""
    return PrintFacts(file.width or 1, file.height or 1, file.orientation or 1)


def decoded(file: File) -> File:
    """As if the decoder had found what the header says, and no rendition were made yet."""
    # Of two threads that patch the same name, the later one leaves the earlier one's patch behind.
    with ALONE, as_if_examined(file):
        found = operations.decode_file(id=file.id, clock=clock.now)
    assert found is not None
    return found


@contextmanager
def as_if_examined(file: File) -> Iterator[None]:
    with mock.patch("files.operations.decoding.examine", return_value=Examined(_facts(file), file.sha256, {})):
        yield


def store_undecoded(photos: Sequence[Photo], owner: Principal) -> list[File]:
    """Confirmed by their owner."""
    sent = _send(photos, owner)
    return [operations.confirm_upload(id=file.id, principal=owner, now=clock.now()) for file in sent]


def _send(photos: Sequence[Photo], owner: Principal) -> list[File]:
    """Registered, and their bytes in storage."""
    wanted = [NewFile(**photo.announcement) for photo in photos]  # type: ignore[arg-type]
    whose = f"customer:{owner.customer}" if owner.customer else f"session:{owner.session}"
    items = operations.register(wanted=wanted, owner=whose, principal=owner, now=clock.now())
    files = [item.file for item in items if isinstance(item, Registered)]
    for file, one in zip(files, photos, strict=True):
        key = keys.object_key(file.shop, file.id)
        aws.s3().put_object(Bucket=settings.IMAGESTORE_BUCKET, Key=key, Body=one.body, ContentType=one.content_type)
    return files


def stored_photos(number: int, owner: Principal, first: int = 0) -> list[File]:
    return store([photo(first + index) for index in range(number)], owner)
