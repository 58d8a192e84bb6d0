"""Every key of legal holds, each named after what it finds. Pure."""

from imagestore.common.rows import Key


def hold_row(id: str) -> Key:
    return Key(f"HOLD#{id}", "HOLD")


def held_row(shop: str, owner: str) -> Key:
    """Which holds stand on a customer. `owner`: as in `customer:<id>`."""
    return Key(f"HELD#{shop}#{owner}", "HELD")


def holds_of_shop(shop: str) -> str:
    """Partition of `by_attention`; sorted by id, that is by time. Too few for shards."""
    return f"HOLDS#{shop}"
