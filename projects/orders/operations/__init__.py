"""The verbs of orders: everything that changes them."""

from projects.orders.operations.handing import settle_visit
from projects.orders.operations.leftovers import sweep_slice as sweep_leftovers
from projects.orders.operations.legal_holds import hold_order
from projects.orders.operations.moving import cancel, packaged, report, resubmit
from projects.orders.operations.placing import place
from projects.orders.operations.sweeping import sweep_slice

__all__ = [
    "cancel",
    "hold_order",
    "packaged",
    "place",
    "report",
    "resubmit",
    "settle_visit",
    "sweep_leftovers",
    "sweep_slice",
]
