"""What else holds photos beside projects, told to the core: whose each is, and how a customer's end."""

from projects.carts import operations as carts
from projects.carts import queries as pins
from projects.carts.operations import releasing as releasing_pins
from projects.carts.operations.legal_holds import CARTS
from projects.operations.holders import HolderKind
from projects.operations.legal_holds import marker
from projects.orders import queries as orders
from projects.orders.operations import releasing as releasing_orders
from projects.orders.operations.legal_holds import ORDERS

HOLDER_KINDS = (
    HolderKind(
        "cart", pins.owners_of, carts.erase_owner, uses=pins.uses, needs=pins.needs, release=releasing_pins.let_go_of
    ),
    HolderKind("order", orders.owners_of, uses=orders.uses, needs=orders.needs, release=releasing_orders.let_go_of),
)
MARKER = marker((CARTS, ORDERS))
"""What a legal hold on a customer marks in this domain."""
