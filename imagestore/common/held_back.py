"""What holds back all removals of a shop at this moment, in words: a pause, or a run that awaits approval."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pynamodb.attributes import UnicodeAttribute

from imagestore.common import contracts, switches, table
from imagestore.common.retention import Explained
from imagestore.common.rows import Item

ASKS = {
    "sweep": "The run {} awaits approval of removals of this shop: what is due waits for that.",
    "redate": "The run {} awaits approval of other dates for this shop: until then these hold.",
}


class AskingRow(Item):
    """What the scheduler keeps of its guards: in an index while somebody is to decide."""

    run_id = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Asking:
    sk: str
    run_id: str | None = None
    attention_key: str | None = None


def told(found: Explained, shop: str) -> Explained:
    """Asked only where something is to happen: one read, and one query of at most two rows."""
    return replace(found, held_back=tuple(_reasons(shop))) if found.next else found


def _reasons(shop: str) -> Iterator[str]:
    paused = switches.deletion()
    if paused.covers(shop):
        which = "all shops" if paused.paused else "this shop"
        yield f"Deletion is paused for {which}: nothing goes until it is resumed."
    for guard in table.query(AskingRow, contracts.guards_of(shop), Asking, contracts.GUARD_OF_JOB).items:
        job = guard.sk.removeprefix(contracts.GUARD_OF_JOB)
        if guard.attention_key and job in ASKS:
            yield ASKS[job].format(guard.run_id)
