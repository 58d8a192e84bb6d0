"""The key of a customer's last purchase. Pure."""

from imagestore.common.rows import Key


def last_purchase_row(shop: str, owner: str) -> Key:
    """What was bought last, by whatever order. `owner`: as in `customer:<id>`."""
    return Key(f"PURCHASES#{shop}#{owner}", "LAST")
