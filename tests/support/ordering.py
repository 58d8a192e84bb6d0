"""Designs, carts and orders as clients make them, and the sweep that comes by."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from files import queries as files
from files.records import File
from imagestore.common import aws, due, objects, tasks
from imagestore.common.decode import Row
from imagestore.common.rows import Key
from projects.carts import operations as carts
from projects.orders import operations as orders
from tests.support.world import Answer, Api, Sent

SWEEPS = {
    "cart-item": carts.sweep_slice,
    "pin": carts.sweep_slice,
    "order": orders.sweep_slice,
    "leftover": orders.sweep_leftovers,
}


def design(photos: Sequence[File], title: str = "Iceland") -> dict[str, Any]:
    """Each photo on a page of its own."""
    aliases = {f"photo-{index:04d}": photo.id for index, photo in enumerate(photos)}
    pages = [
        {"alias": alias, "page": page, "width_mm": 210.0, "height_mm": 148.5} for page, alias in enumerate(aliases, 1)
    ]
    return {"name": title, "document": {"pages": list(aliases)}, "files": aliases, "placements": pages[:1000]}


def project(api: Api, photos: Sequence[File] = (), title: str = "Iceland") -> str:
    """The id of a new one."""
    answer = api("POST", "/projects", design(photos, title))
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def save(api: Api, id: str, photos: Sequence[File] = (), title: str = "Iceland") -> int:
    """The version that it became."""
    tag = api("GET", f"/projects/{id}")["ETag"]
    answer = api("PUT", f"/projects/{id}", design(photos, title), If_Match=tag)
    assert answer.status_code == 200, answer.content
    return int(answer.json()["version"])


def put(api: Api, line: str, project: str, **more: Any) -> Answer:
    return api("PUT", f"/cart-items/{line}", {"project": project, **more})


def order(api: Api, *items: dict[str, Any], key: str = "", **more: Any) -> Answer:
    headers = {"Idempotency_Key": key} if key else {}
    return api("POST", "/orders", {"items": list(items), **more}, **headers)


def deliver(sent: list[Sent]) -> None:
    """A worker of projects takes its messages."""
    for message in [message for message in sent if message.name.startswith("projects.")]:
        sent.remove(message)
        tasks.app().tasks[message.name](**message.payload)


def holders(photo: File) -> set[str]:
    return set(files.files_by_id([photo.id], consistent=True)[photo.id].holders)


def kinds_of_holders(photos: Iterable[File]) -> Counter[str]:
    """How many holds there are of each kind."""
    rows = files.files_by_id([photo.id for photo in photos], consistent=True)
    return Counter(holder.partition(":")[0] for row in rows.values() for holder in row.holders)


def rows(*prefixes: str) -> list[dict[str, Any]]:
    """Rows of some partitions, in wire form."""
    found: list[dict[str, Any]] = []
    for page in aws.dynamodb().get_paginator("scan").paginate(TableName=settings.IMAGESTORE_TABLE, ConsistentRead=True):
        found += [row for row in page["Items"] if row["pk"]["S"].startswith(prefixes)]
    return found


def copies() -> list[str]:
    """Keys of the objects that cart items and orders have of their own."""
    return sorted({version.key for version in objects.versions("") if version.key.split("/")[-2] in ("c", "o")})


def sweep(now: datetime, *, dry_run: bool = False) -> Counter[str]:
    """What is due of carts and orders is looked at, as the scheduler has it done; nothing may fail."""
    return sweep_due(rows("CART#", "PIN#", "ORDER#"), now, dry_run=dry_run)


def sweep_due(found: Iterable[Row], now: datetime, *, dry_run: bool = False) -> Counter[str]:
    """Those of the rows that are due."""
    counts: Counter[str] = Counter()
    for row in found:
        if not row["pk"]["S"].startswith(("CART#", "PIN#", "ORDER#")) or "due_sort" not in row:
            continue
        entry = due.parse(row["due_sort"]["S"])
        if entry.due_at <= now:
            key = Key(row["pk"]["S"], row["sk"]["S"])
            report = SWEEPS[entry.kind](row_keys=[key], dry_run=dry_run, now=now)
            assert report.failures == []
            counts.update(report.counts)
    return +counts
