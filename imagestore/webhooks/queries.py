"""Reading endpoints and deliveries. The endpoints of a shop are remembered for 60 s in the process, none at all too."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from imagestore.common import browse, ids, paging, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.principal import Principal
from imagestore.common.rows import Key
from imagestore.identity.recent import Recent
from imagestore.webhooks import keys
from imagestore.webhooks.errors import DeliveryNotFound, EndpointNotFound
from imagestore.webhooks.models import DeliveryRow, EndpointRow
from imagestore.webhooks.records import Delivery, Endpoint

PAGE = 100


def wanting(shop: str, type: str) -> list[Endpoint]:
    """Endpoints of a shop that want events of this type, as they were at most 60 s ago."""
    return [endpoint for endpoint in _endpoints.get(shop) or () if endpoint.wants(type)]


def endpoints_of_shop(shop: str) -> list[Endpoint]:
    """As they are now, oldest first."""
    return table.query(EndpointRow, keys.of_shop(shop), Endpoint, keys.ENDPOINTS, consistent=True).items


def stored_endpoint(shop: str, id: str) -> Endpoint | None:
    return table.get(EndpointRow, keys.endpoint(shop, id), Endpoint, consistent=True) if ids.is_id(id) else None


def endpoint_of(principal: Principal, id: str) -> Endpoint:
    """A shop's own; of any shop for those who act for none. Raises EndpointNotFound for foreign and unknown alike."""
    found = stored_endpoint(principal.shop, id) if principal.shop else seen_by_staff(id)
    if found is None:
        raise EndpointNotFound("There is no endpoint with this id.")
    return found


def seen_by_staff(id: str) -> Endpoint | None:
    """Of any shop: two reads."""
    key = _place("by_attention", keys.ALL_ENDPOINTS, id)
    return table.get(EndpointRow, key, Endpoint, consistent=True) if key else None


def leaf_of_endpoints(window: Window) -> Leaf[Endpoint]:
    """Of all shops, newest first."""
    return browse.leaf(EndpointRow, Endpoint, "by_attention", [keys.ALL_ENDPOINTS], window)


def leaf_of_shop(window: Window, *, shop: str) -> Leaf[Endpoint]:
    return Leaf(endpoints_of_shop(shop))


def all_endpoints() -> Iterator[Endpoint]:
    start: dict[str, str] | None = None
    while True:
        page = table.query_index("by_attention", keys.ALL_ENDPOINTS, start=start)
        yield from table.batch_get(EndpointRow, (entry.key for entry in page.items), Endpoint, True).values()
        start = page.next
        if start is None:
            return


def delivery_of(endpoint: str, id: str) -> Delivery:
    """Raises DeliveryNotFound."""
    found = find_delivery(f"{endpoint}.{id}")
    if found is None:
        raise DeliveryNotFound("There is no delivery with this id; they are kept for 30 days.")
    return found


def find_delivery(place: str) -> Delivery | None:
    """`place`: ids of endpoint and event, with a dot between. Two reads."""
    endpoint, _, id = place.partition(".")
    key = _place("by_owner", keys.deliveries(endpoint, id), id)
    return table.get(DeliveryRow, key, Delivery, consistent=True) if key else None


def _place(index: str, partition: str, id: str) -> Key | None:
    """Of a row that an index lists by its id."""
    if not ids.is_id(id):
        return None
    return next((entry.key for entry in table.query_index(index, partition, low=id, high=id).items), None)


def deliveries_of(
    *, principal: Principal, endpoint_id: str, failing: bool, cursor: str | None, limit: int
) -> tuple[list[Delivery], str | None]:
    """Newest first, and the cursor of the next page. `failing`: only those that failed and are not delivered.

    Raises EndpointNotFound.
    """
    question = keys.failing(endpoint_id) if failing else f"DELIVERIES#{endpoint_id}"
    after = (paging.position(cursor, question) or {}).get("after", "")
    look = leaf_of_failing if failing else leaf_of_deliveries
    leaf = look(Window(limit=limit, after=after), endpoint=endpoint_of(principal, endpoint_id).id)
    return leaf.items, paging.cursor({"after": leaf.last} if leaf.more_after else None, question)


def leaf_of_deliveries(window: Window, *, endpoint: str) -> Leaf[Delivery]:
    """Newest first."""
    return browse.leaf(DeliveryRow, Delivery, "by_owner", keys.all_deliveries(endpoint), window)


def leaf_of_failing(window: Window, *, endpoint: str) -> Leaf[Delivery]:
    """Newest first."""
    return browse.leaf(DeliveryRow, Delivery, "by_attention", [keys.failing(endpoint)], window)


def failing_since(endpoint: str, since: datetime) -> Iterator[Delivery]:
    """What failed and is not delivered, of the events since then, oldest first."""
    start: dict[str, str] | None = None
    while True:
        page = table.query_index(
            "by_attention", keys.failing(endpoint), low=ids.first_id(since), limit=PAGE, start=start
        )
        rows = table.batch_get(DeliveryRow, (entry.key for entry in page.items), Delivery, consistent=True)
        yield from (rows[entry.key] for entry in page.items if entry.key in rows)
        start = page.next
        if start is None:
            return


def before(key: Key) -> Delivery | None:
    """The event right before this one, of the same subject and endpoint."""
    return _neighbour(key, descending=True)


def after(key: Key) -> Delivery | None:
    """The one right after it."""
    return _neighbour(key, descending=False)


def _neighbour(key: Key, *, descending: bool) -> Delivery | None:
    found = table.query(
        DeliveryRow,
        key.pk,
        Delivery,
        keys.DELIVERIES,
        limit=1,
        descending=descending,
        start=key._asdict(),
        consistent=True,
    )
    return next(iter(found.items), None)


def deliveries(wanted: Iterable[Key]) -> dict[Key, Delivery]:
    return table.batch_get(DeliveryRow, wanted, Delivery, consistent=True)


def forget() -> None:
    """Forgets what is remembered: after a change made here, and between tests."""
    _endpoints.forget()


def _load(shop: str) -> tuple[Endpoint, ...]:
    return tuple(endpoints_of_shop(shop))


_endpoints = Recent(_load)
