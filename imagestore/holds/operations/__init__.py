"""The verbs of legal holds: placing, releasing, and bringing the marks to what the hold says."""

from imagestore.holds.operations.placing import place_on, place_on_customer, release
from imagestore.holds.operations.settling import finish_part, mark, plan, require_unheld, stands, sweep_slice, unheld

__all__ = [
    "finish_part",
    "mark",
    "place_on",
    "place_on_customer",
    "plan",
    "release",
    "require_unheld",
    "stands",
    "sweep_slice",
    "unheld",
]
