"""Every key of carts, each named after what it finds. Pure."""

from imagestore.common.rows import Key
from projects.keys import own_object

ITEMS = "ITEM#"


def cart_of(shop: str, owner: str) -> str:
    """The partition of a customer's or visit's cart items, by the shop's own ids of them."""
    return f"CART#{shop}#{owner}"


def item_row(shop: str, owner: str, id: str) -> Key:
    return Key(cart_of(shop, owner), f"{ITEMS}{id}")


def is_item(key: Key) -> bool:
    return key.sk.startswith(ITEMS)


def pin_row(id: str) -> Key:
    return Key(f"PIN#{id}", "PIN")


def copy_row(id: str) -> Key:
    return Key(f"PIN#{id}", "COPY")


def pin_of_row(pk: str) -> str:
    return pk.partition("#")[2]


def document_object(shop: str, pin: str) -> str:
    return own_object(shop, "c", pin)


def holder(pin: str) -> str:
    """How a cart item stands among the holders of a file: a new one each time it is put."""
    return f"cart:{pin}"
