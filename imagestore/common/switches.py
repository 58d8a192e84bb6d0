"""The one switch that pauses all deletion: a row that every deleting slice reads first."""

from dataclasses import dataclass

from pynamodb.attributes import BooleanAttribute

from imagestore.common import table, transaction
from imagestore.common.errors import Conflict
from imagestore.common.rows import Item, Key

DELETION = Key("SWITCH#deletion", "SWITCH")


class DeletionPaused(Conflict):
    code, title = "deletion-paused", "All deletion is paused"


class Switch(Item):
    paused = BooleanAttribute()


@dataclass(frozen=True, slots=True)
class SwitchState:
    paused: bool


def deletion_paused() -> bool:
    state = table.get(Switch, DELETION, SwitchState, consistent=True)
    return state is not None and state.paused


def require_deletion() -> None:
    """For deletion that a person asked for. Raises DeletionPaused."""
    if deletion_paused():
        raise DeletionPaused("All deletion is paused. Resume it first: manage.py resume_deletion --reason TEXT")


def pause_deletion(paused: bool) -> transaction.Write:
    """A write that joins the audit entry of who paused or resumed, and why."""
    return transaction.update(Switch, DELETION, [Switch.paused.set(paused)], None)
