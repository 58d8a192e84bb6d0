"""The nouns of purchases."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from imagestore.common.retention import Subject


@dataclass(frozen=True, slots=True)
class LastPurchase:
    """When an order of a customer was paid last."""

    last_purchase_at: datetime


class Thing(NamedTuple):
    """What a rule may be about: whose it is, and in which state."""

    shop: str
    owner: str
    subject: Subject
