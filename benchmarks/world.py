"""A shop and its customers, with stored photos and projects: what operations are measured on."""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.conf import settings
from PIL import Image

from files import keys, operations
from files.decoding.answers import PrintFacts
from files.operations.examining import Examined
from files.operations.registering import Registered
from files.records import File, NewFile
from imagestore.common import aws, clock, idempotency, principal
from imagestore.common.batches import chunks, in_parallel
from imagestore.common.idempotency import Asked
from imagestore.common.principal import Principal
from imagestore.identity import operations as identity
from imagestore.identity import queries as shops
from projects import operations as projects
from projects.operations.saving import Saved
from projects.records import Draft

SHOP = "bench"
DOCUMENT = b'{"pages":[{"photo":"p0","at":[0,0,210,297]}]}'


def open_shop() -> None:
    """Made, and remembered as it is in a running process."""
    identity.create_shop(
        id=SHOP, name="Bench", principal=principal.command("bench"), now=clock.now(), public_keys=[], allowed_origins=[]
    )
    shops.known_shop(SHOP)


def customer(id: str) -> Principal:
    """Each measurement has a customer of its own, so that none finds what another left."""
    return Principal(kind="customer", shop=SHOP, customer=id)


def announced(number: int) -> list[NewFile]:
    return [NewFile(f"photo {index}.jpg", "image/jpeg", len(PHOTO), SHA256) for index in range(number)]


def asked(owner: Principal, key: str) -> Asked | None:
    """A creating call with an Idempotency-Key."""
    return idempotency.asked(key, scope=str(owner.customer), route="POST /", body=b"")


def register(owner: Principal, number: int, key: str = "") -> list[File]:
    """At most 500."""
    items = operations.register(
        wanted=announced(number),
        owner=f"customer:{owner.customer}",
        principal=owner,
        now=clock.now(),
        asked=asked(owner, key) if key else None,
    )
    return [item.file for item in items if isinstance(item, Registered)]


def upload(files: Sequence[File]) -> None:
    in_parallel(_put, files)


def told_by_storage(files: Sequence[File]) -> dict[str, Any]:
    """The batch of S3's messages about their bytes, as the queue hands it over."""

    def body(file: File) -> str:
        record = {"eventName": "ObjectCreated:Put", "s3": {"object": {"key": keys.object_key(file.shop, file.id)}}}
        return json.dumps({"Records": [record]})

    return {"Records": [{"messageId": file.id, "body": body(file)} for file in files]}


def store(owner: Principal, number: int) -> list[File]:
    files: list[File] = []
    for chunk in chunks(range(number), 500):
        registered = register(owner, len(chunk))
        upload(registered)
        files += in_parallel(
            lambda file: operations.confirm_upload(id=file.id, principal=owner, now=clock.now()), registered
        )
    with examined():
        return [decode(file) for file in files]


def decode(file: File) -> File:
    found = operations.decode_file(id=file.id, clock=clock.now)
    assert found is not None
    assert found.decoded_at is not None
    return found


@contextmanager
def examined(renditions: Sequence[str] = ()) -> Iterator[None]:
    """Decoders take time, which is not what is counted here: the answer of one is always the same."""
    found = Examined(PrintFacts(64, 48, 1), SHA256, dict.fromkeys(renditions, PHOTO))
    with mock.patch("files.operations.decoding.examine", return_value=found):
        yield


def draft(photos: Sequence[File], document: bytes = DOCUMENT) -> Draft:
    return Draft("A project", document, {f"p{index}": photo.id for index, photo in enumerate(photos)})


def create(owner: Principal, photos: Sequence[File], key: str = "") -> Saved:
    return projects.create(
        draft=draft(photos),
        owner=f"customer:{owner.customer}",
        principal=owner,
        now=clock.now(),
        asked=asked(owner, key) if key else None,
    )


def save(owner: Principal, on: Saved, wanted: Draft) -> Saved:
    return projects.save(
        id=on.id, draft=wanted, if_match=on.tag, owner=f"customer:{owner.customer}", principal=owner, now=clock.now()
    )


def _put(file: File) -> None:
    aws.s3().put_object(
        Bucket=settings.IMAGESTORE_BUCKET,
        Key=keys.object_key(file.shop, file.id),
        Body=PHOTO,
        ContentType=file.content_type,
    )


def _photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (40, 90, 140)).save(buffer, "JPEG")
    return buffer.getvalue()


PHOTO = _photo()
SHA256 = hashlib.sha256(PHOTO).hexdigest()
