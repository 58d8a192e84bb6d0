"""The nouns: an endpoint of a shop, a delivery of an event to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NotRequired, TypedDict


class Secret(TypedDict):
    """One that signs, sealed. Instants are RFC 3339; without `ends_at` it is the newest and holds until rotated."""

    sealed: str
    created_at: str
    ends_at: NotRequired[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is decided of an endpoint by who makes or changes it. No types: all of them."""

    url: str
    types: frozenset[str] = frozenset()
    description: str = ""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a shop wants to be told. `revision` counts changes; `disabled_because`: who or what disabled it."""

    id: str
    shop: str
    url: str = field(repr=False)
    enabled: bool
    created_at: datetime
    revision: int
    secrets: list[Secret] = field(repr=False)
    types: frozenset[str] = frozenset()
    description: str = ""
    disabled_because: str | None = None

    def wants(self, type: str) -> bool:
        return self.enabled and (not self.types or type in self.types)

    @property
    def address(self) -> str:
        """Its url as far as the host: what follows may hold a password of the shop's."""
        return "/".join(self.url.split("/")[:3]).partition("?")[0]


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Attempt(TypedDict):
    """`status`: of the HTTP answer, if one came; `cause` why it failed, `text` in words or as the endpoint said."""

    at: str
    milliseconds: int
    status: NotRequired[int]
    cause: NotRequired[str]
    text: NotRequired[str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to one endpoint. `id` is the event's, the same at each endpoint.

    Not tried before `next_at`. `tries` counts attempts since it was made or replayed, `attempts` are the last ones.
    """

    id: str
    shop: str
    endpoint: str
    subject: str
    type: str
    data: Mapping[str, Any]
    created_at: datetime
    state: DeliveryState
    next_at: datetime
    tries: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    leased_until: datetime | None = None
    delivered_at: datetime | None = None
    given_up_at: datetime | None = None
    replayed_at: datetime | None = None
    due_sort: str | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Names it among all deliveries."""
        return f"{self.endpoint}.{self.id}"

    @property
    def begun_at(self) -> datetime:
        return self.replayed_at or self.created_at
