"""Everything that only reads orders."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from imagestore.common import browse, due, held_back, ids, paging, table
from imagestore.common.batches import in_parallel
from imagestore.common.browse import Leaf, Window
from imagestore.common.merging import SETTLED
from imagestore.common.principal import Principal
from imagestore.common.retention import Explained, RetentionPolicy, explain, in_words
from imagestore.common.rows import Key
from imagestore.identity import queries as shops
from projects import packing
from projects.object_needs import Need, Needed, Stored
from projects.orders import keys, rules, snapshots, storage
from projects.orders.errors import OrderNotFound
from projects.orders.models import ContentsRow, OrderRow, ReferenceRow
from projects.orders.records import Contents, ItemLine, Named, Order, OrderState, Snapshot
from projects.queries import held, holds_on_owner
from projects.records import Use

FILTERED_READS = 3
MOST_SHOPS = 20


def find_order(id: str) -> Order | None:
    """As it is now, in whatever state."""
    return table.get(OrderRow, keys.order_row(id), Order, consistent=True)


def owners_of(orders: Collection[str]) -> dict[str, str]:
    """Whose each is, of those that keep their photos."""
    found = table.batch_get(OrderRow, [keys.order_row(id) for id in orders], Order, consistent=True)
    return {order.id: order.owner for order in found.values() if order.state in rules.LIVE}


def order_of(principal: Principal, id: str) -> Order:
    """Raises OrderNotFound for an unknown, removed or foreign id alike."""
    order = find_order(id) if ids.is_id(id) else None
    if order is None or not rules.may_see(principal, order):
        raise OrderNotFound("There is no order with this id.")
    return order


def explained(order: Order) -> Explained:
    """What happens to it, when and why, and what holds it back."""
    return held_back.told(_explained(order), order.shop)


def _explained(order: Order) -> Explained:
    if order.state == OrderState.FACTS_ONLY:
        return Explained(("Its photos and documents went by the shop's rule; what is known of it is kept.",))
    if order.state not in rules.LIVE:
        return Explained(("It is being placed or removed, or gone.",))
    if kept := order.held_by | holds_on_owner(order.shop, order.owner):
        return held(kept)
    policy = shops.known_shop(order.shop).policy
    ending = rules.ending(order, policy)
    dated = due.dated_to(order.due_sort) if order.customer is not None else None
    return explain(ending, "Its photos are let go with it.", *_about_leftovers(order, policy), not_before=dated)


def _about_leftovers(order: Order, policy: RetentionPolicy) -> Iterator[str]:
    if at := rules.leftovers_go(order, policy):
        yield f"Earlier versions of its projects leave their history on {in_words(at)}, unless they are saved before."


def kept(shop: str, owner: str) -> dict[str, str]:
    """Orders of a customer that stay although it is erased, as in `order:<id>`: until when, by which rule."""
    found, start = dict[str, str](), None
    while True:
        page = table.query_index("by_owner", keys.orders_of_owner(shop, owner), start=start)
        for order in _shown([entry.key for entry in page.items], rules.SHOWN):
            told = _explained(order)
            until = f"kept until {told.at:%Y-%m-%d}. " if told.at else ""
            found[keys.holder(order.id)] = f"{until}{told.because[0]}"
        start = page.next
        if start is None:
            return found


def last_payment(shop: str, owner: str) -> datetime | None:
    """Of a customer's orders that are still there, and of those of which the facts are."""
    pages = browse.every(OrderRow, Order, "by_owner", keys.orders_of_owner(shop, owner))
    paid = (order.paid_at for orders in pages for order in orders if order.owner == owner)
    return max(filter(None, paid), default=None)


def contents_of(id: str) -> Contents | None:
    return table.get(ContentsRow, keys.contents_row(id), Contents, consistent=True)


def uses() -> Iterator[Use]:
    """Of every order; one that is being placed has yet to take its photos, and is told without any."""
    for order in table.scan(OrderRow, Order, "ORDER#", "ORDER"):
        yield Use(keys.holder(order.id), order.shop, _photos(order) if order.state in rules.LIVE else frozenset())


def needs(id: str) -> frozenset[str]:
    """Photos that an order keeps or is taking; none when it is no more."""
    order = find_order(id)
    return _photos(order) if order and order.state in (OrderState.PLACING, *rules.LIVE) else frozenset()


def _photos(order: Order) -> frozenset[str]:
    contents = contents_of(order.id)
    return packing.photos_in(contents.photos) if contents else frozenset()


def stored_snapshots() -> Iterator[Stored]:
    """Of every order that has one, as they were some moments ago."""
    for order in table.scan(OrderRow, Order, "ORDER#", "ORDER"):
        if not _has_none(order):
            yield Stored(order.id, shop=order.shop)


def need_of_snapshot(stored: Stored, now: datetime) -> Needed:
    """What is being placed or taken back comes or goes with its order."""
    order = find_order(stored.id)
    if order is None or _has_none(order):
        return Needed(Need.GONE if order else Need.NONE)
    must = order.state in rules.LIVE and now - order.placed_at > SETTLED
    return Needed(Need.MUST if must else Need.MAY, order.shop)


def _has_none(order: Order) -> bool:
    """It was removed, whatever else stays of the order."""
    return order.state == OrderState.GONE or (order.state == OrderState.FACTS_ONLY and order.due_sort is None)


def lines_of(order: Order) -> list[ItemLine]:
    """Its items in short; none when it was just removed."""
    contents = contents_of(order.id)
    return snapshots.lines_in(contents.lines) if contents else []


def photos_of(order: Order) -> list[str]:
    """Ids of its photos; none when it was just removed."""
    return sorted(_photos(order))


def snapshot_of(order: Order) -> Snapshot:
    """All of the order as it was placed, held against its SHA-256. Raises SnapshotDamaged."""
    return storage.snapshot_of(order)


def orders_of_owner(
    *, principal: Principal, owner: str, states: Collection[OrderState], cursor: str | None, limit: int
) -> tuple[list[Order], str | None]:
    """Newest first, and the cursor of the next page, good for the very same question.

    Those in some states (none named: in all): up to three pages are looked through, and there may be fewer than
    `limit` although others follow.
    """
    partition = keys.orders_of_owner(principal.shop, owner)
    question = f"{partition}?{','.join(sorted(states))}"
    start, found = paging.position(cursor, question), list[Order]()
    for _ in range(FILTERED_READS if states else 1):
        wanted = limit - len(found)
        page = table.query_index("by_owner", partition, limit=wanted, descending=True, start=start)
        found += _shown([entry.key for entry in page.items], states or rules.SHOWN)
        start = page.next
        if start is None or len(found) == limit:
            break
    return found, paging.cursor(start, question)


def _shown(places: Collection[Key], states: Collection[OrderState]) -> list[Order]:
    rows = table.batch_get(OrderRow, places, Order)
    return [rows[place] for place in places if place in rows and rows[place].state in states]


def seen_by_staff(id: str) -> Order | None:
    """An order of any shop, in any state."""
    return find_order(id) if ids.is_id(id) else None


def leaf_of_shop(window: Window, *, shop: str) -> Leaf[Order]:
    """Newest first."""
    return browse.leaf(OrderRow, Order, "by_attention", keys.all_orders_of_shop(shop), window)


def leaf_of_customer(window: Window, *, shop: str, customer: str) -> Leaf[Order]:
    return browse.leaf(OrderRow, Order, "by_owner", [keys.orders_of_owner(shop, f"customer:{customer}")], window)


def leaf_of_reference(window: Window, *, shop: str, reference: str) -> Leaf[Order]:
    return Leaf(orders_of_reference(shop, reference))


def orders_of_reference(shop: str, reference: str) -> list[Order]:
    """Newest first, at most 100."""
    if not 1 <= len(reference) <= rules.LONGEST_REFERENCE:
        return []
    partition = keys.orders_of_reference(shop, reference)
    page = table.query(ReferenceRow, partition, Named, descending=True)
    return _shown([keys.order_row(named.id) for named in page.items], tuple(OrderState))


def orders_with_reference(shops: Sequence[str], reference: str) -> list[Order]:
    """Of the first shops: what a page can afford to ask."""
    found = in_parallel(lambda shop: orders_of_reference(shop, reference), shops[:MOST_SHOPS])
    return [order for orders in found for order in orders]
