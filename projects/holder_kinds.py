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
from projects.packages.operations import erasing as packages

HOLDER_KINDS = (
    HolderKind(
        "cart",
        pins.owners_of,
        carts.erase_owner,
        found=lambda shop, owner, projects: pins.pins_in_cart(shop, owner),
        gone=pins.gone,
        uses=pins.uses,
        needs=pins.needs,
        release=releasing_pins.let_go_of,
    ),
    HolderKind(
        "order",
        orders.owners_of,
        kept=orders.kept,
        uses=orders.uses,
        needs=orders.needs,
        release=releasing_orders.let_go_of,
    ),
)
ERASED_KINDS = (
    *HOLDER_KINDS,
    HolderKind("package", erase=packages.erase_owner, found=packages.found, gone=packages.gone),
)
"""And what holds no photo, but has its bytes."""
MARKER = marker((CARTS, ORDERS))
"""What a legal hold on a customer marks in this domain."""
