"""What legal holds keep, asked before anything goes. A hold on a customer is read by every slice; a mark on the item's
own row refuses by itself.
"""

from collections.abc import Iterable
from typing import Protocol

from imagestore.common.principal import is_customer
from imagestore.holds import queries as holds
from projects.queries import holds_on_owner

Held = holds.HeldOwners


class Owned(Protocol):
    """A project, an order, a cart item …"""

    @property
    def shop(self) -> str: ...
    @property
    def owner(self) -> str: ...


def held_customers(items: Iterable[Owned]) -> Held:
    return Held((item.shop, item.owner) for item in items)


def is_kept(item: Owned, held: Held) -> bool:
    """Whether its customer is held. What is of a visit costs a read, and one more if that is a customer's."""
    if is_customer(item.owner):
        return (item.shop, item.owner) in held
    return bool(holds_on_owner(item.shop, item.owner))
