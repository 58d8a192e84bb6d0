"""Where rows of identity live, one function per access pattern. Pure."""

from imagestore.common.rows import Key

SHOPS = "SHOPS"
STAFF = "STAFF"
"""Partitions of `by_attention` that list all shops and all staff members, by id and name."""


def shop(shop_id: str) -> Key:
    return Key(f"SHOP#{shop_id}", "SHOP")


def origin(origin: str) -> Key:
    return Key(f"ORIGIN#{origin}", "ORIGIN")


def staff(name: str) -> Key:
    return Key(f"STAFF#{name}", "STAFF")
