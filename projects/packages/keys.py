"""Every key of packages, each named after what it finds. Pure."""

from imagestore.common.rows import Key
from projects.keys import SHARDS, own_object, shard


def package_row(id: str) -> Key:
    return Key(f"PACKAGE#{id}", "PACKAGE")


def package_of_input(of: str, fingerprint: str) -> Key:
    """The one package of an input. `of`: its order or project, as `order:<id>`."""
    return Key(f"PACKAGES#{of}", f"INPUT#{fingerprint}")


def packages_of(of: str) -> str:
    """Partition of `by_owner`: the packages of an order or a project; sorted by id, that is by time."""
    return f"PACKAGES#{of}"


def packages_of_shop(shop: str, id: str) -> str:
    """Partition of `by_attention`, in 4 shards, which staff read side by side."""
    return f"PACKAGES#{shop}#{shard(id)}"


def all_packages_of_shop(shop: str) -> list[str]:
    return [f"PACKAGES#{shop}#{number}" for number in range(SHARDS)]


def package_object(shop: str, id: str) -> str:
    return own_object(shop, "z", id)
