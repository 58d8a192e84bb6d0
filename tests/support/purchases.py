"""A shop that keeps projects from their customer's last purchase, and what Anna buys there.

Of who bought something a project is kept 90 days, of others 60.
"""

from datetime import datetime
from typing import Any

from imagestore.common import clock
from projects.orders import operations as orders
from projects.orders.records import Event, Order
from tests.support.expiring import Book, of
from tests.support.packages import order_of
from tests.support.world import shop_server

HERS, SHOP = "customer:anna", shop_server()


def since_purchase(**changes: Any) -> dict[str, Any]:
    """The policy, changed; what is None is left out."""
    changes = {"warn": None, "extend": None, "extend_by": None} | changes
    (bought,) = of(since="last_purchase", **changes)["rules"]
    (other,) = of(keep="60d", **changes)["rules"]
    return {"rules": [bought, other]}


def pay(order: Order, at: datetime) -> Order:
    return orders.report(id=order.id, event=Event.PAID, at=at, principal=SHOP, now=max(at, clock.now()))


def buy(book: Book, day: float) -> Order:
    """An order of Anna's that is paid on that day."""
    return pay(order_of(book.id), book.on(day))
