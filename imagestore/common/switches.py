"""The switch that pauses all deletion, or that of some shops: one row that every deleting slice reads first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pynamodb.attributes import BooleanAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Value
from pynamodb.expressions.update import Action

from imagestore.common import table, transaction
from imagestore.common.errors import Conflict
from imagestore.common.rows import Item, Key

DELETION = Key("SWITCH#deletion", "SWITCH")


class OfShop(Protocol):
    @property
    def shop(self) -> str: ...


R = TypeVar("R", bound=OfShop)


class DeletionPaused(Conflict):
    code, title = "deletion-paused", "Deletion is paused"


class Switch(Item):
    paused = BooleanAttribute(null=True)
    shops = UnicodeSetAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Paused:
    """`paused`: of every shop; else of `shops`."""

    paused: bool = False
    shops: frozenset[str] = frozenset()

    def covers(self, shop: str) -> bool:
        return self.paused or shop in self.shops

    def allows(self, rows: Mapping[Key, R]) -> dict[Key, R]:
        """Rows of shops of which may be deleted."""
        return {key: row for key, row in rows.items() if not self.covers(row.shop)}


NOTHING = Paused()
"""As it is for a dry run, which deletes nothing."""


def deletion() -> Paused:
    """As it stands now."""
    return table.get(Switch, DELETION, Paused, consistent=True) or Paused()


def require_deletion(shop: str) -> None:
    """For deletion that a person asked for. Raises DeletionPaused."""
    paused = deletion()
    if paused.paused:
        raise DeletionPaused("All deletion is paused. Resume it first: manage.py resume_deletion --reason TEXT")
    if paused.covers(shop):
        command = f"manage.py resume_deletion --shop {shop} --reason TEXT"
        raise DeletionPaused(f"Deletion is paused for the shop {shop}. Resume it first: {command}")


def pause_deletion(pause: bool, shop: str | None = None) -> transaction.Write:
    """A write that joins the audit entry of who paused or resumed, and why. Without `shop`: of all of them.

    Refused when it is so already.
    """
    action: Action = Switch.paused.set(pause)
    is_paused: Condition = Switch.paused == Value(True)
    if shop is not None:
        action = Switch.shops.add({shop}) if pause else Switch.shops.delete({shop})
        is_paused = Switch.shops.contains(shop)
    return transaction.update(Switch, DELETION, [action], ~is_paused if pause else is_paused)
