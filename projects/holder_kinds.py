"""What else holds photos beside projects, told to the core: whose each is, and how a customer's end."""

from projects.carts import operations as carts
from projects.carts import queries as pins
from projects.operations.holders import HolderKind
from projects.orders import queries as orders

HOLDER_KINDS = (
    HolderKind("cart", pins.owners_of, carts.erase_owner),
    HolderKind("order", orders.owners_of),
)
