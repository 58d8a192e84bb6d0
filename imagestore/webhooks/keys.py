"""Every key of webhooks, each named after what it finds. Pure."""

import hashlib

from imagestore.common.rows import Key

ENDPOINTS = "ENDPOINT#"
DELIVERIES = "EVENT#"
ALL_ENDPOINTS = "ENDPOINTS"
"""Partition of `by_attention` that lists the endpoints of all shops, by id."""
SHARDS = 4


def of_shop(shop: str) -> str:
    """The partition of a shop's endpoints."""
    return f"WEBHOOKS#{shop}"


def endpoint(shop: str, id: str) -> Key:
    return Key(of_shop(shop), f"{ENDPOINTS}{id}")


def places(shop: str) -> Key:
    """Counts the shop's endpoints."""
    return Key(of_shop(shop), "PLACES")


def delivery(endpoint: str, subject: str, id: str) -> Key:
    """Events of one subject for one endpoint lie in a partition of their own, in the order in which they were made."""
    return Key(f"DELIVERIES#{endpoint}#{subject}", f"{DELIVERIES}{id}")


def deliveries(endpoint: str, id: str) -> str:
    """Partition of `by_owner`, sorted by id: all events of an endpoint, in 4 shards, so that none is hot."""
    shard = hashlib.blake2s(id.encode(), digest_size=4).digest()[0] % SHARDS
    return f"DELIVERIES#{endpoint}#{shard}"


def all_deliveries(endpoint: str) -> list[str]:
    return [f"DELIVERIES#{endpoint}#{shard}" for shard in range(SHARDS)]


def failing(endpoint: str) -> str:
    """Partition of `by_attention`, sorted by id: events that failed and are not delivered."""
    return f"FAILING#{endpoint}"
