"""The stored form of a snapshot: canonical JSON, so that the same order has the same bytes and hash wherever. Pure.

Members are sorted. Documents stand in it as text, so that each is, byte for byte, what was saved.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from projects import packing
from projects.orders.records import ItemLine, OrderedFile, OrderedItem, Snapshot
from projects.records import Crop, Placement


def canonical(snapshot: Snapshot) -> bytes:
    told = {
        "order": snapshot.order,
        "shop": snapshot.shop,
        "placed_at": snapshot.placed_at.isoformat(),
        "reference": snapshot.reference,
        "items": [_item(item) for item in snapshot.items],
        "files": {id: asdict(file) for id, file in snapshot.files.items()},
    }
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def digest(canonical: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(canonical).hexdigest()


def snapshot_in(canonical: bytes) -> Snapshot:
    told = orjson.loads(canonical)
    return Snapshot(
        order=told["order"],
        shop=told["shop"],
        placed_at=datetime.fromisoformat(told["placed_at"]),
        items=tuple(_read_item(item) for item in told["items"]),
        files={id: OrderedFile(**file) for id, file in told["files"].items()},
        reference=told["reference"],
    )


def pack_lines(items: Iterable[OrderedItem]) -> bytes:
    """What stands of the items beside the order's row."""
    lines = [
        ItemLine(
            number=item.number,
            project=item.project,
            version=item.version,
            name=item.name,
            product=item.product,
            quantity=item.quantity,
            photos=len(set(item.files.values())),
        )
        for item in items
    ]
    return packing.pack(orjson.dumps(lines))


def lines_in(packed: bytes) -> list[ItemLine]:
    lines: list[ItemLine] = orjson.loads(packing.unpack(packed))
    return lines


def _item(item: OrderedItem) -> dict[str, Any]:
    return {
        "number": item.number,
        "project": item.project,
        "version": item.version,
        "name": item.name,
        "document": item.document.decode(),
        "files": dict(item.files),
        "placements": [_placement(one) for one in item.placements],
        "product": item.product,
        "quantity": item.quantity,
    }


def _placement(placement: Placement) -> dict[str, Any]:
    crop = placement.crop._asdict() if placement.crop else None
    return {
        "alias": placement.alias,
        "page": placement.page,
        "width_mm": placement.width_mm,
        "height_mm": placement.height_mm,
        "crop": crop,
    }


def _read_item(told: dict[str, Any]) -> OrderedItem:
    placements = tuple(_read_placement(one) for one in told["placements"])
    return OrderedItem(**told | {"document": told["document"].encode(), "placements": placements})


def _read_placement(told: dict[str, Any]) -> Placement:
    crop = told["crop"]
    return Placement(**told | {"crop": Crop(**crop) if crop else None})
