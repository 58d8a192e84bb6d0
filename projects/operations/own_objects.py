"""Objects of projects compared with their rows, both ways: what is missing, what is left over, what differs.

Both sides are sorted through temporary files and read once, side by side. What seems to be wrong is looked at again in
storage and then in the table, before it is told and before it is repaired. What is younger than a day is left alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from imagestore.common import objects, sightings, switches
from imagestore.common.inventory import Inventory
from imagestore.common.merging import SETTLED, Pair, side_by_side, sorted_by_key
from imagestore.common.objects import Listed
from imagestore.common.sightings import Source
from projects import keys, queries
from projects.object_needs import Need, Needed, Stored
from projects.operations.reconciling import Repair


class Fault(StrEnum):
    """`lost`: the object is not there. `hidden`: it lies under a delete marker. `orphan`: no row tells of it;
    `leftover`: what it was of is gone.
    """

    LOST = "lost"
    HIDDEN = "hidden"
    WRONG_SIZE = "wrong-size"
    ORPHAN = "orphan"
    LEFTOVER = "leftover"


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """Objects with a letter in their keys. `stored` reads all rows that may have one, as they were some moments ago;
    `need(stored, now)` one as it is. `rebuild(id=, now=)` makes one that is lost again, False when it is not to be.
    """

    letter: str
    name: str
    stored: Callable[[], Iterator[Stored]]
    need: Callable[[Stored, datetime], Needed]
    rebuild: Callable[..., bool] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """`kind`: its name. `id`: of the object; `of`: the project of a save."""

    fault: Fault
    kind: str
    id: str
    key: str
    told: str
    of: str = ""
    shop: str = ""


@dataclass(slots=True)
class Seen:
    """What was read: `rows` that may have an object, `objects` of theirs, `others` that are no objects of projects."""

    rows: int = 0
    objects: int = 0
    others: int = 0


def compare_objects(
    kinds: Sequence[ObjectKind], now: datetime, seen: Seen, inventory: Inventory | None = None
) -> Iterator[Case]:
    """Cases by kind and id, as they are found; `seen` counts along."""
    source, known = sightings.source(inventory, now), {kind.letter: kind for kind in _with_documents(kinds)}
    with sorted_by_key(_expected(known.values(), seen)) as rows, sorted_by_key(_found(source, known, seen)) as bucket:
        for pair in side_by_side(rows, bucket):
            letter, _, id = pair.key.partition(" ")
            if stored := _suspicious(id, pair, source.at):
                case, _ = _look(known[letter], stored, source.at)
                if case:
                    yield case


def repair_object(
    case: Case, kinds: Sequence[ObjectKind], now: datetime, *, judged_at: datetime | None = None
) -> Repair:
    """`judged_at`: from when on ages are counted, unless now. Raises DeletionPaused, for what removes bytes."""
    kind = next(kind for kind in _with_documents(kinds) if kind.name == case.kind)
    again, found = _look(kind, Stored(case.id, case.of, case.shop), judged_at or now)
    if again is None or again.fault != case.fault:
        return Repair.PASSED
    if again.fault == Fault.HIDDEN and objects.bring_back(case.key):
        return Repair.REPAIRED
    if again.fault in (Fault.ORPHAN, Fault.LEFTOVER, Fault.WRONG_SIZE):
        switches.require_deletion(again.shop)
    if again.fault in (Fault.ORPHAN, Fault.LEFTOVER):
        return Repair.REPAIRED if found and _remove(found) else Repair.PASSED
    if kind.rebuild is None:
        return Repair.IMPOSSIBLE
    return Repair.REPAIRED if kind.rebuild(id=case.id, now=now) else Repair.PASSED


def _remove(found: Listed) -> bool:
    """The versions that were there before the row was read, and none that came since."""
    if objects.remove_versions((found.key, version) for version in found.versions):
        raise OSError(f"storage did not delete {found.key}")
    return True


def _expected(kinds: Iterable[ObjectKind], seen: Seen) -> Iterator[tuple[str, str]]:
    """By letter and id: whose it is, and its size."""
    for kind in kinds:
        for stored in kind.stored():
            seen.rows += 1
            yield f"{kind.letter} {stored.id}", f"{stored.of} {stored.shop} {stored.size or ''}"


def _found(source: Source, known: dict[str, ObjectKind], seen: Seen) -> Iterator[tuple[str, str]]:
    """By letter and id: of which shop it is, and what is there."""
    for listed in source.listing():
        own = keys.parts_of_own_object(listed.key)
        if own is None or own.kind not in known:
            seen.others += 1
            continue
        seen.objects += 1
        yield f"{own.kind} {own.id}", f"{own.shop} {sightings.as_text(listed)}"


def _suspicious(id: str, pair: Pair, now: datetime) -> Stored | None:
    """What is worth a second look; most pairs are right."""
    shop, _, text = (pair.right or "").partition(" ")
    sighting = sightings.in_text(text or None)
    if pair.left is None:
        return Stored(id, shop=shop) if sighting.is_settled(now) else None
    of, told_shop, size = pair.left.split(" ")
    if sighting.size is not None and size in ("", str(sighting.size)):
        return None
    return Stored(id, of, told_shop or shop)


def _look(kind: ObjectKind, stored: Stored, now: datetime) -> tuple[Case | None, Listed | None]:
    """As it is now. The object first: its row is put before it, and goes after it."""
    shop = stored.shop or kind.need(stored, now).shop
    if not shop:
        return None, None
    key = keys.own_object(shop, kind.letter, stored.id)
    found = objects.listed(key)
    judged = _judged(kind.need(stored, now), found, now)
    if judged is None:
        return None, found
    fault, told = judged
    return Case(fault, kind.name, stored.id, key, told, stored.of, shop), found


def _judged(needed: Needed, found: Listed | None, now: datetime) -> tuple[Fault, str] | None:
    if needed.need in (Need.NONE, Need.GONE):
        if found is None or now - found.modified <= SETTLED:
            return None
        if needed.need == Need.GONE:
            return Fault.LEFTOVER, "What it was of is gone; its bytes are still there."
        return Fault.ORPHAN, "No row tells of these bytes."
    if needed.need == Need.MAY:
        return None
    if found is None or found.size is None:
        return Fault.HIDDEN if found else Fault.LOST, "Its bytes are not there."
    if needed.size not in (None, found.size):
        return Fault.WRONG_SIZE, f"It has {found.size} bytes; its row says {needed.size}."
    return None


def _with_documents(kinds: Sequence[ObjectKind]) -> list[ObjectKind]:
    return [DOCUMENTS, *kinds]


DOCUMENTS = ObjectKind("p", "document", queries.stored_documents, queries.need_of_document)
