"""Whether anything is known of a customer, for commands about one: an id that was misspelt does not go unnoticed."""

from collections.abc import Iterator

from imagestore.common.principal import Principal
from imagestore.identity import queries as shops
from projects import file_holds, operations, queries
from projects.carts import queries as carts
from projects.errors import CustomerUnknown
from projects.orders import queries as orders


def require_known(shop: str, customer: str) -> None:
    """Raises ShopNotFound, CustomerUnknown."""
    if not is_known(shops.known_shop(shop).id, customer):
        raise CustomerUnknown(f"Nothing is known of this customer: {customer} of the shop {shop}.", field="customer")


def is_known(shop: str, customer: str) -> bool:
    """One read where files were registered; else a query for each kind, until something is found."""
    return any(_signs(shop, f"customer:{customer}"))


def _signs(shop: str, owner: str) -> Iterator[object]:
    reader = Principal(kind="shop", shop=shop)
    yield file_holds.customer(shop, owner)
    yield operations.is_being_erased(shop, owner)
    yield file_holds.visits_of(shop, owner)
    yield from file_holds.pages_of(shop, owner)
    yield queries.projects_of_owner(principal=reader, wanted=queries.Listing(owner), cursor=None, limit=100)[0]
    yield carts.items_of_owner(principal=reader, owner=owner, cursor=None, limit=1)[0]
    yield orders.orders_of_owner(principal=reader, owner=owner, states=(), cursor=None, limit=1)[0]
