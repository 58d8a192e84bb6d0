"""What carts and orders cost, against their budgets: a hold for each photo, and a handful of requests beside."""

from collections.abc import Sequence
from math import ceil

from benchmarks import world
from benchmarks.budgets import Cost, Line, cost_of
from files.records import File
from imagestore.common import clock
from imagestore.common.principal import Principal
from projects.carts import operations as carts
from projects.carts import queries
from projects.carts.operations.putting import Put
from projects.carts.records import Line as CartLine
from projects.orders import operations as orders
from projects.orders.records import Event, Order, WantedItem, WantedOrder

HOLD = 2
"""Units of one hold: the row of the file, and its entry in `by_due`, of which none is left."""
BESIDE = 10
"""Units of the rows of a pin or order and their entries in indexes."""
ID_BYTES = 26
SHOP = Principal(kind="shop", shop=world.SHOP)


def measure(photos: int) -> list[Line]:
    """In a shop that is open."""
    owner, stored = world.customer("orders"), world.store(world.customer("orders"), photos)
    project = world.create(owner, stored).id
    put, again = _puts(owner, project, stored)
    placed, order = _placing(owner, project, photos)
    return [put, again, _putting_anew(owner, stored), _loading(owner, photos), placed, _reporting(order)]


def _puts(owner: Principal, project: str, stored: Sequence[File]) -> tuple[Line, Line]:
    """Item, project and version are read; pin and copy are written together; pin and item move together."""
    photos = len(stored)
    first, again = (cost_of(lambda: _put(owner, project)) for _ in range(2))
    budget = Cost(5 + photos, 0, wcu=_with_ids(photos) + BESIDE + HOLD * photos)
    touched = Line("touch a cart item", Cost(3, 0, wcu=1), again)
    return Line(f"put a cart item, {photos} photos", budget, first), touched


def _putting_anew(owner: Principal, stored: Sequence[File]) -> Line:
    """As the first time, and the old pin is marked in the transaction that moves the item."""
    photos, project = len(stored), world.create(owner, stored).id
    used = cost_of(lambda: _put(owner, project))
    budget = Cost(5 + photos, 0, wcu=_with_ids(photos) + BESIDE + 3 + HOLD * photos)
    return Line(f"put another, {photos} photos", budget, used)


def _put(owner: Principal, project: str) -> Put:
    line = CartLine(project)
    return carts.put(id="line-1", line=line, owner=f"customer:{owner.customer}", principal=owner, now=clock.now())


def _loading(owner: Principal, photos: int) -> Line:
    def load() -> None:
        loaded = queries.load(
            principal=owner, owner=f"customer:{owner.customer}", id="line-1", urls="original", now=clock.now()
        )
        assert len(loaded.page.urls) == photos

    return Line(f"load a cart item, {photos} photos", Cost(2 + ceil(photos / 100), 0, wcu=0), cost_of(load))


def _placing(owner: Principal, project: str, photos: int) -> tuple[Line, Order]:
    """Project, version and facts are read; order, contents and reference are written together; one object is put."""
    placed: list[Order] = []

    def place() -> None:
        wanted = WantedOrder((WantedItem(project=project),), "A-1001")
        placed.append(orders.place(wanted=wanted, owner=f"customer:{owner.customer}", principal=owner, now=clock.now()))

    used = cost_of(place)
    budget = Cost(4 + ceil(photos / 100) + photos, 1, wcu=_with_ids(photos) + BESIDE + 2 + HOLD * photos)
    return Line(f"place an order, {photos} photos", budget, used), placed[0]


def _reporting(order: Order) -> Line:
    def report() -> None:
        orders.report(id=order.id, event=Event.PAID, at=None, principal=SHOP, now=clock.now())

    # The third notes when the customer bought last, for rules that keep projects from then on.
    return Line("report that an order is paid", Cost(3, 0, wcu=2), cost_of(report))


def _with_ids(photos: int) -> int:
    """Units of a row that names all photos, which compress a little; a transaction takes two for each kilobyte."""
    return 2 * ceil(photos * ID_BYTES / 1024 + 0.5)
