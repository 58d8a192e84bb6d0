"""What the simulation knows by itself of the shops that it makes, beside what the product believes."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from imagestore.common.principal import Principal
from imagestore.identity.claims import CUSTOMER_SCOPES, SHOP_ADMIN

TICKS = 4
TICK = timedelta(hours=24) / TICKS
"""Between two looks of the sweep."""


class Person(NamedTuple):
    """A customer of a shop, or a visit that has none yet."""

    shop: str
    customer: str | None = None
    session: str | None = None

    @property
    def owner(self) -> str:
        return f"customer:{self.customer}" if self.customer else f"session:{self.session}"

    @property
    def principal(self) -> Principal:
        return Principal(
            kind="customer", shop=self.shop, customer=self.customer, session=self.session, scopes=CUSTOMER_SCOPES
        )


def server_of(shop: str) -> Principal:
    return Principal(kind="shop", shop=shop, scopes=CUSTOMER_SCOPES | {SHOP_ADMIN})


@dataclass(slots=True)
class Project:
    id: str
    of: Person
    tag: str
    photos: list[str]


class Message(NamedTuple):
    name: str
    payload: dict[str, Any]


@dataclass(slots=True)
class World:
    """`photos`: of each customer, by owner; `all_photos`: every one that was registered, of each shop.

    `done`: how often each thing happened, by day. `warned`: when a shop heard that a project would go; `by_hand`:
    projects that their customers put into the trash. `wrong`: what a judge found.
    """

    now: datetime
    chance: Random
    shops: list[str]
    customers: dict[str, list[Person]] = field(default_factory=dict)
    photos: dict[Person, list[str]] = field(default_factory=dict)
    all_photos: list[str] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    orders: dict[str, tuple[Person, datetime]] = field(default_factory=dict)
    messages: deque[Message] = field(default_factory=deque)
    loses_messages: bool = False
    done: list[Counter[str]] = field(default_factory=list)
    warned: dict[str, list[datetime]] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @property
    def today(self) -> Counter[str]:
        return self.done[-1]

    def count(self, word: str, number: int = 1) -> None:
        self.today[word] += number

    def projects_of(self, person: Person) -> list[Project]:
        return [project for project in self.projects if project.of == person]
