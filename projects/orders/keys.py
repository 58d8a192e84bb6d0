"""Every key of orders, each named after what it finds. Pure."""

from imagestore.common.rows import Key
from projects.keys import SHARDS, own_object, shard


def order_row(id: str) -> Key:
    return Key(f"ORDER#{id}", "ORDER")


def contents_row(id: str) -> Key:
    return Key(f"ORDER#{id}", "CONTENTS")


def leftovers_row(id: str) -> Key:
    """When its projects' leftover photos are let go: there from its packaging until then, where a rule says so."""
    return Key(f"ORDER#{id}", "LEFTOVERS")


def reference_row(shop: str, reference: str, id: str) -> Key:
    return Key(orders_of_reference(shop, reference), id)


def orders_of_reference(shop: str, reference: str) -> str:
    """The partition of the orders that the shop gave one reference; sorted by id, that is by time."""
    return f"ORDER-REFERENCE#{shop}#{reference}"


def orders_of_owner(shop: str, owner: str) -> str:
    """Partition of `by_owner`; sorted by id, that is by time. `owner`: a customer or a visit."""
    return f"ORDERS#{shop}#{owner}"


def orders_of_shop(shop: str, id: str) -> str:
    """Partition of `by_attention`, in 4 shards, which staff read side by side."""
    return f"ORDERS#{shop}#{shard(id)}"


def all_orders_of_shop(shop: str) -> list[str]:
    return [f"ORDERS#{shop}#{number}" for number in range(SHARDS)]


def snapshot_object(shop: str, id: str) -> str:
    return own_object(shop, "o", id)


def holder(id: str) -> str:
    """How an order stands among the holders of a file."""
    return f"order:{id}"
