"""Legal holds on projects: the mark is on the head, from which every purge and every pruning is decided."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeSetAttribute
from pynamodb.expressions.condition import Condition

from imagestore.common import table
from imagestore.common.rows import Item, Key
from imagestore.common.table import IndexEntry
from imagestore.common.transaction import Write, update
from imagestore.holds import operations as holds
from imagestore.holds.operations.marking import Marked, Marker, listed
from imagestore.holds.records import Hold
from projects import file_holds, keys
from projects.models import ProjectRow
from projects.queries import seen_by_staff
from projects.records import LIVING, Head

Kept = Callable[[Any], bool]


def hold_project(*, id: str, **deed: Any) -> Hold:
    """With every version that it has. `deed`: as `holds.place_on` takes it. Raises RoleMissing, SubjectUnknown."""

    def marks(hold: Hold) -> list[Write]:
        return [marked(ProjectRow, keys.head_row(id), hold, _living())]

    return holds.place_on(seen_by_staff(id), f"project:{id}", marks, **deed)


def marked(row: type[Item], key: Key, hold: Hold, there: Condition) -> Write:
    """The row tells that the hold keeps it."""
    return update(row, key, [_held_by(row).add({hold.id})], there)


def mark_writes(row: type[Item], hold: Hold, found: dict[Key, frozenset[str]], there: Condition) -> list[Write]:
    """Those that bring rows to what the hold says. `found`: ids of the holds that each row names now."""
    if hold.stands:
        return [marked(row, key, hold, there) for key, named in found.items() if hold.id not in named]
    gone, held_by = [_held_by(row).delete({hold.id})], _held_by(row)
    return [update(row, key, gone, held_by.contains(hold.id)) for key, named in found.items() if hold.id in named]


def _held_by(row: type[Item]) -> UnicodeSetAttribute:
    attribute: UnicodeSetAttribute = row.held_by  # type: ignore[attr-defined]
    return attribute


def _living() -> Condition:
    condition: Condition = ProjectRow.state.is_in(*LIVING)
    return condition


def _listed(shop: str, owner: str, low: str, high: str) -> Iterator[IndexEntry]:
    return listed(keys.projects_of_owner(shop, owner), low, high)


def _writes(hold: Hold, row_keys: Sequence[Key], now: datetime) -> list[Write]:
    heads = table.batch_get(ProjectRow, row_keys, Head, consistent=True)
    found = {key: head.held_by for key, head in heads.items() if head.state in LIVING}
    return mark_writes(ProjectRow, hold, found, _living())


def _visits(shop: str, owner: str) -> list[str]:
    return [f"session:{visit.id}" for visit in file_holds.visits_of(shop, owner)]


PROJECTS = Marked("project", _listed, keys.head_row, _writes)


def marker(others: Sequence[Marked]) -> Marker:
    """`others`: what else of a customer is marked, told by those above the core."""
    return Marker("projects", "projects.settle_hold_part", _visits, [PROJECTS, *others])
