"""Projects and orders to be packed, and their ZIPs opened."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import orjson
from django.conf import settings

from files import keys as file_keys
from files.records import File
from imagestore.common import aws, clock, objects
from imagestore.common.principal import Principal
from projects import operations as projects
from projects.orders import operations as orders
from projects.orders.records import Order, OrderedFile, OrderedItem, Snapshot, WantedItem, WantedOrder
from projects.packages import keys, operations, queries
from projects.packages.records import Package
from projects.records import Crop, Draft, Placement
from tests.support.world import customer, shop_server

ANNA = customer()
SHOP = shop_server()
ORDERED_AT = datetime(2026, 5, 6, 10, 30, tzinfo=UTC)
DOCUMENT = b'{"pages":[1,2]}'


def project_of(photos: Sequence[File], name: str = "Iceland", owner: Principal = ANNA) -> str:
    """Each photo on a page of its own, the first on both of the first two."""
    files = {f"p{number}": photo.id for number, photo in enumerate(photos, 1)}
    placements = [Placement(alias, page, 100, 75) for page, alias in enumerate(files, 1)]
    if len(photos) > 1:
        placements.append(Placement("p1", 2, 50.8, 50.8, Crop(0, 0, 0.5, 1)))
    draft = Draft(name, DOCUMENT, files, placements)
    whose = f"customer:{owner.customer}"
    return projects.create(draft=draft, owner=whose, principal=owner, now=clock.now()).id


def order_of(*projects: str, reference: str = "A-1001") -> Order:
    """Placed by Anna, one item for each project as it is now."""
    wanted = WantedOrder(tuple(WantedItem(project=project) for project in projects), reference)
    return orders.place(wanted=wanted, owner="customer:anna", principal=ANNA, now=clock.now())


def ask_of_order(order: Order, pages: Sequence[int] = ()) -> Package:
    return operations.ask_for_order(id=order.id, pages=pages, principal=SHOP, now=clock.now())


def ask(project: str, pages: Sequence[int] = (), now: datetime | None = None) -> Package:
    return operations.ask_for_project(id=project, pages=pages, principal=ANNA, now=now or clock.now())


def build(package: Package) -> Package | None:
    return operations.build(id=package.id, clock=clock.now)


def built(project: str, pages: Sequence[int] = ()) -> Package:
    build(ask(project, pages))
    return as_it_is(ask(project, pages))


def as_it_is(package: Package) -> Package:
    found = queries.seen_by_staff(package.id)
    assert found is not None
    return found


def zipped(package: Package) -> bytes:
    body = objects.read(keys.package_object(package.shop, package.id))
    assert body is not None
    return body


def opened(body: bytes) -> dict[str, bytes]:
    """Files by name, in their order."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def manifest_in(body: bytes) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(opened(body)["manifest.json"])
    return told


def a_photo(id: str, name: str, body: bytes = b"photo", **changes: Any) -> OrderedFile:
    facts = {"width": 3000, "height": 2000, "orientation": 1} | changes
    return OrderedFile(id, name, "image/jpeg", len(body), hashlib.sha256(body).hexdigest(), **facts)


def an_item(files: Mapping[str, str], placements: Sequence[Placement] = (), **changes: Any) -> OrderedItem:
    facts: dict[str, Any] = {"number": 1, "project": "P", "version": 3, "name": "Iceland", "document": DOCUMENT}
    return OrderedItem(**(facts | changes), files=files, placements=tuple(placements))


def a_snapshot(*items: OrderedItem, files: Sequence[OrderedFile]) -> Snapshot:
    return Snapshot("O", "acme", ORDERED_AT, items, {file.id: file for file in files}, "2026-17")


def damage(photo: File, body: bytes) -> str:
    """Other bytes where the confirmed ones were; answers their version."""
    answer = aws.s3().put_object(
        Bucket=settings.IMAGESTORE_BUCKET, Key=file_keys.object_key(photo.shop, photo.id), Body=body
    )
    return answer["VersionId"]


@contextmanager
def read_instead(confirmed: str, version: str) -> Iterator[None]:
    """As if the bytes of one version had been swapped under it."""
    get = aws.s3().get_object

    def get_object(**told: Any) -> Any:
        return get(**{**told, "VersionId": version} if told.get("VersionId") == confirmed else told)

    with mock.patch.object(aws.s3(), "get_object", get_object):
        yield
