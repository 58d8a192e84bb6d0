"""The one switch that pauses all deletion: a row that every deleting slice reads first."""

from dataclasses import dataclass

from pynamodb.attributes import BooleanAttribute

from imagestore.common import table, transaction
from imagestore.common.rows import Item, Key

DELETION = Key("SWITCH#deletion", "SWITCH")


class Switch(Item):
    paused = BooleanAttribute()


@dataclass(frozen=True, slots=True)
class SwitchState:
    paused: bool


def deletion_paused() -> bool:
    state = table.get(Switch, DELETION, SwitchState, consistent=True)
    return state is not None and state.paused


def pause_deletion(paused: bool) -> transaction.Write:
    """A write that joins the audit entry of who paused or resumed, and why."""
    return transaction.update(Switch, DELETION, [Switch.paused.set(paused)], None)
