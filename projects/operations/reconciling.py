"""Holders compared with what they need, both ways: photos that are used and not held, and held and not used.

Both lists are sorted through temporary files and read once side by side. A case is what it looked like; whoever repairs
it looks again, and lets go only by the rules of every release.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from imagestore.common import table
from imagestore.common.merging import side_by_side, sorted_by_key
from imagestore.common.transaction import TransactionLost
from projects import file_holds, keys, packing, rules
from projects.errors import ProjectBusy
from projects.models import ProjectRow
from projects.operations.holders import HolderKind
from projects.operations.tidying import let_go
from projects.queries import head_of, history, intents_of
from projects.records import LIVING, Head, Use


class Fault(StrEnum):
    """`unheld`: something uses the photo and does not hold it. `dangling`: held, and nothing uses it."""

    UNHELD = "unheld"
    DANGLING = "dangling"


class Repair(StrEnum):
    """`passed`: there was nothing to repair any more. `impossible`: the photo that is used is no more."""

    REPAIRED = "repaired"
    PASSED = "passed"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Case:
    fault: Fault
    photo: str
    holder: str
    shop: str


@dataclass(slots=True)
class Seen:
    """What was read: `users` that need photos, `uses` of photos, `holds` that photos tell of."""

    users: int = 0
    uses: int = 0
    holds: int = 0


def compare_holders(kinds: Sequence[HolderKind], seen: Seen) -> Iterator[Case]:
    """Cases by photo, as they are found; `seen` counts along."""
    known = [PROJECTS, *kinds]
    with sorted_by_key(_used(known, seen)) as used, sorted_by_key(_held(known, seen)) as held:
        for pair in side_by_side(used, held):
            if pair.left is not None and pair.right is not None:
                continue
            fault = Fault.UNHELD if pair.right is None else Fault.DANGLING
            photo, _, holder = pair.key.partition(" ")
            yield Case(fault, photo, holder, pair.left or pair.right or "")


def repair_holder(case: Case, kinds: Sequence[HolderKind], now: datetime) -> Repair:
    kind = next(kind for kind in [PROJECTS, *kinds] if kind.name == rules.kind_of(case.holder))
    id = rules.id_of(case.holder)
    is_needed, is_held = case.photo in kind.needs(id), _is_held(case)
    if is_needed == is_held or is_held != (case.fault == Fault.DANGLING):
        return Repair.PASSED
    if is_held:
        try:
            kind.release(id=id, shop=case.shop, photos=[case.photo], now=now)
        except (TransactionLost, ProjectBusy):
            return Repair.PASSED
        return Repair.PASSED if _is_held(case) else Repair.REPAIRED
    return _hold(case)


def _hold(case: Case) -> Repair:
    """For whoever owns the photo: it was saved when it was theirs to use."""
    owner = file_holds.owner_of_photo(case.photo)
    try:
        file_holds.take(photos=[case.photo], holder=case.holder, shop=case.shop, owner=owner)
    except file_holds.FilesUnusable:
        return Repair.IMPOSSIBLE
    return Repair.REPAIRED


def _is_held(case: Case) -> bool:
    return bool(file_holds.held([case.photo], case.holder, consistent=True))


def _used(kinds: Sequence[HolderKind], seen: Seen) -> Iterator[tuple[str, str]]:
    for kind in kinds:
        for use in kind.uses():
            seen.users += 1
            seen.uses += len(use.photos)
            yield from ((f"{photo} {use.holder}", use.shop) for photo in use.photos)


def _held(kinds: Sequence[HolderKind], seen: Seen) -> Iterator[tuple[str, str]]:
    names = {kind.name for kind in kinds}
    for photo, shop, holders in file_holds.all_holders():
        known = [holder for holder in holders if rules.kind_of(holder) in names]
        seen.holds += len(known)
        yield from ((f"{photo} {holder}", shop) for holder in known)


def _uses() -> Iterator[Use]:
    """A history that is being pruned is told by its next look: what it seems not to use is looked at again."""
    for head in table.scan(ProjectRow, Head, "PROJECT#", "PROJECT"):
        try:
            photos = _photos(head) if head.state in LIVING else frozenset()
        except ProjectBusy:
            continue
        yield Use(keys.holder(head.id), head.shop, photos)


def _needs(id: str) -> frozenset[str]:
    """Of a project that is being made or saved also what its intents name: whoever tidies those decides."""
    head = head_of(id)
    intended = frozenset(photo for intent in intents_of(id) for photo in packing.photos_in(intent.uses))
    return intended | (_photos(head) if head and head.state in LIVING else frozenset())


def _photos(head: Head) -> frozenset[str]:
    return frozenset(photo for version in history(head) for photo in packing.files_in(version.uses).values())


def _release(*, id: str, shop: str, photos: Sequence[str], now: datetime) -> None:
    let_go(id, shop, photos, now)


PROJECTS = HolderKind("project", uses=_uses, needs=_needs, release=_release)
