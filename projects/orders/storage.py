"""Snapshots in the bucket: one immutable object per order."""

from imagestore.common import objects
from projects import packing
from projects.orders import keys, snapshots
from projects.orders.errors import SnapshotDamaged
from projects.orders.records import Order, Snapshot


def put_snapshot(shop: str, id: str, canonical: bytes) -> None:
    objects.put_once(keys.snapshot_object(shop, id), packing.pack(canonical), "application/zstd")


def snapshot_of(order: Order) -> Snapshot:
    """One object is read, and held against the order's SHA-256. Raises SnapshotDamaged."""
    packed = objects.read(keys.snapshot_object(order.shop, order.id))
    if packed is None:
        raise SnapshotDamaged(f"the snapshot of order {order.id} is not in storage")
    canonical = packing.unpack(packed)
    if snapshots.digest(canonical) != order.sha256:
        raise SnapshotDamaged(f"the snapshot of order {order.id} is not the one that was ordered")
    return snapshots.snapshot_in(canonical)


def remove_snapshot(shop: str, id: str) -> None:
    objects.remove(keys.snapshot_object(shop, id))
