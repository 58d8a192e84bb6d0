"""The nouns of legal holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HoldState(StrEnum):
    """`taking effect`: the row stands, and not every item is marked yet."""

    TAKING_EFFECT = "taking effect"
    IN_EFFECT = "in effect"
    BEING_RELEASED = "being released"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Hold:
    """`subject`: `customer:<id>`, `project:<id>`, `order:<id>` or `file:<id>` of the shop.

    `left_in_files`, `left_in_projects`: parts of the domain's work whose items are still to be marked, or unmarked.
    """

    id: str
    shop: str
    subject: str
    reason: str
    placed_by: str
    placed_at: datetime
    released_by: str = ""
    released_at: datetime | None = None
    release_reason: str = ""
    left_in_files: frozenset[str] = frozenset()
    left_in_projects: frozenset[str] = frozenset()
    due_sort: str | None = None

    @property
    def kind(self) -> str:
        return self.subject.partition(":")[0]

    @property
    def of(self) -> str:
        """The id of what it stands on."""
        return self.subject.partition(":")[2]

    @property
    def stands(self) -> bool:
        return self.released_at is None

    @property
    def state(self) -> HoldState:
        left = bool(self.left_in_files or self.left_in_projects)
        if self.stands:
            return HoldState.TAKING_EFFECT if left else HoldState.IN_EFFECT
        return HoldState.BEING_RELEASED if left else HoldState.RELEASED

    @property
    def audited(self) -> str:
        """How the audit log calls what it stands on."""
        return f"customer:{self.shop}/{self.of}" if self.kind == "customer" else self.subject


@dataclass(frozen=True, slots=True)
class Held:
    """The row of a customer that every purge reads: ids of the holds that stand."""

    holds: frozenset[str] = frozenset()
