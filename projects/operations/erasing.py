"""Erasing a customer: what is its own goes now, whatever its state and its time; what others use is theirs from now on.

Projects first, so that they let go of their photos; then what else holds some; then every file. Each step finds what
is left: interrupted anywhere, a repeat finishes it. Nothing is taken from a holder that is somebody else's.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from imagestore.audit import operations as audit
from imagestore.common import switches, table
from imagestore.common.principal import Principal
from imagestore.identity import queries as shops
from projects import file_holds, keys, rules
from projects.file_holds import File
from projects.models import ProjectRow
from projects.operations import handing, removing
from projects.operations.holders import HolderKind, owners_of
from projects.records import Erasure, Head, ProjectState

PAGE = 100
PASSES = 3
"""What changes hands or holders while it is looked at is looked at again so often."""
Cursor = dict[str, str] | None
Tell = Callable[[Erasure], None]


@dataclass(frozen=True, slots=True)
class Erasing:
    """Whose things go: `owners` are a customer of the shop and its visits."""

    shop: str
    owners: Sequence[str]
    kinds: Sequence[HolderKind]
    now: datetime


def erase_owner(
    *,
    shop: str,
    owner: str,
    principal: Principal,
    reason: str,
    now: datetime,
    kinds: Sequence[HolderKind] = (),
    tell: Tell = lambda so_far: None,
) -> Erasure:
    """Everything of a customer. `tell`: hears how far it is, after each page of files.

    What the answer calls `waiting` is decided by a repeat. Raises DeletionPaused, ShopNotFound.
    """
    principal.require_role("admin")
    shops.known_shop(shop)
    switches.require_deletion(shop)
    subject = f"customer:{shop}/{rules.id_of(owner)}"
    audit.record([], action="customer.erasing", subject=subject, principal=principal, reason=reason, now=now)
    work = begin(shop=shop, owner=owner, kinds=kinds, now=now)
    erased = Erasure(projects=sum(erase_projects(work, one) for one in work.owners))
    for one in work.owners:
        _end_others(work, one, erased)
    for _ in range(PASSES):
        _erase_all_files(work, erased, tell)
        if erased.complete:
            break
    file_holds.forget_owner(shop=shop, owner=owner, now=now)
    action, counts = "customer.erased" if erased.complete else "customer.erased-in-part", erased.counts
    audit.record([], action=action, subject=subject, principal=principal, reason=reason, now=now, details=counts)
    return erased


def begin(*, shop: str, owner: str, kinds: Sequence[HolderKind], now: datetime) -> Erasing:
    """Ends its visits; what it claimed with others is handed over."""
    visits = file_holds.end_visits(shop=shop, owner=owner, now=now)
    for visit in visits:
        handing.settle_visit(shop=shop, session=visit.id, now=now)
    return Erasing(shop, [owner, *(f"session:{visit.id}" for visit in visits)], kinds, now)


def erase_projects(work: Erasing, owner: str) -> int:
    """All projects of an owner, with their versions and documents. Raises DeletionPaused."""
    done, start = 0, None
    while True:
        switches.require_deletion(work.shop)
        page = table.query_index("by_owner", keys.projects_of_owner(work.shop, owner), limit=PAGE, start=start)
        heads = table.batch_get(ProjectRow, [entry.key for entry in page.items], Head, consistent=True)
        mine = [head for head in heads.values() if head.owner == owner and head.state != ProjectState.GONE]
        done += sum(removing.erase(head, work.now) for head in mine)
        start = page.next
        if start is None:
            return done


def erase_files(work: Erasing, owner: str, start: Cursor) -> tuple[Erasure, Cursor]:
    """The next 100 files of an owner, and where the following begin. Raises DeletionPaused."""
    page = file_holds.erase_files(shop=work.shop, owner=owner, start=start, now=work.now)
    done = Erasure(files=len(page.gone), size=sum(file.size for file in page.gone))
    done.waiting = page.failed | {file.id: "its upload may still be under way" for file in page.going}
    owners = owners_of((holder for file in page.held for holder in file.holders), work.kinds, work.shop)
    heirs: defaultdict[str, list[File]] = defaultdict(list)
    for file in page.held:
        fate = rules.fate_of(file.holders, owners, work.owners)
        if fate.kept_for:
            done.kept[file.id] = fate.kept_for
        elif fate.heir:
            heirs[fate.heir].append(file)
        else:
            done.waiting[file.id] = f"{', '.join(sorted(file.holders))} is being made or removed"
    for heir, files in heirs.items():
        given = file_holds.give(files=files, owner=owner, heir=heir, now=work.now, nameless=True)
        done.handed_over += len(given)
        done.waiting |= {file.id: "it is being changed" for file in files if file.id not in given}
    return done, page.next


def _end_others(work: Erasing, owner: str, erased: Erasure) -> None:
    for kind in work.kinds:
        ended = kind.erase(shop=work.shop, owner=owner, now=work.now) if kind.erase else {}
        for word, number in ended.items():
            erased.ended[word] = erased.ended.get(word, 0) + number


def _erase_all_files(work: Erasing, erased: Erasure, tell: Tell) -> None:
    erased.kept, erased.waiting = {}, {}
    for owner in work.owners:
        start: Cursor = {}
        while start is not None:
            page, start = erase_files(work, owner, start or None)
            erased.add(page)
            tell(erased)
