"""Erasing a customer: what is its own goes now, whatever its state and its time; what others use is theirs from now on.

Projects first, so that they let go of their photos; then what else holds some; then every file. Each step finds what
is left: interrupted anywhere, a repeat finishes it, and certifies what all tries together did. Nothing is taken from a
holder that is somebody else's, and nothing goes on which a legal hold stands.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from imagestore.audit import operations as audit
from imagestore.common import ids, switches, table
from imagestore.common.principal import Principal
from imagestore.holds import operations as holds
from imagestore.identity import queries as shops
from imagestore.purchases import operations as purchases
from projects import certificates, fates, file_holds, keys, rules
from projects.certificates import Entry, Erasing
from projects.file_holds import File
from projects.models import ProjectRow
from projects.operations import certifying, erasing_projects, handing
from projects.operations.holders import HolderKind, owners_of
from projects.records import Erasure, Head, ProjectState

PAGE = 100
PASSES = 3
"""What changes hands or holders while it is looked at is looked at again so often."""
Cursor = dict[str, str] | None
Tell = Callable[[Erasure], None]


@dataclass(frozen=True, slots=True)
class Work:
    """Whose things go: `owners` are a customer of the shop and its visits.

    `again`: the entry of the ledger that is replayed; what came after it, or was kept then, is left alone.
    """

    erasing: Erasing
    owners: Sequence[str]
    kinds: Sequence[HolderKind]
    now: datetime
    again: Entry | None = None

    @property
    def shop(self) -> str:
        return self.erasing.shop

    def is_meant(self, subject: str) -> bool:
        """`subject`: as in `project:<id>`."""
        if self.again is None:
            return True
        return subject not in self.again.kept and ids.born(rules.id_of(subject)) < self.again.until


def erase_owner(
    *,
    shop: str,
    owner: str,
    principal: Principal,
    reason: str,
    now: datetime,
    kinds: Sequence[HolderKind] = (),
    tell: Tell = lambda so_far: None,
    again: Entry | None = None,
) -> Erasure:
    """Everything of a customer. `tell`: hears how far it is, after each page of files.

    What the answer calls `waiting` is decided by a repeat. Raises DeletionPaused, ShopNotFound, CustomerHeld.
    """
    principal.require_role("admin")
    shops.known_shop(shop)
    switches.require_deletion(shop)
    holds.require_unheld(shop, owner)
    told = partial(
        audit.record, [], subject=f"customer:{shop}/{rules.id_of(owner)}", principal=principal, reason=reason, now=now
    )
    if again is None:
        told(action="customer.erasing")
    erasing = certifying.begin(shop=shop, owner=owner, now=now, replays=again.erasure if again else "")
    erased = _erase(begin(erasing, kinds, now, again), tell)
    if again is None or not erased.is_empty:
        action = "customer.erased" if erased.complete else "customer.erased-in-part"
        told(action=action, details={"erasure": erasing.id, **erased.counts, **_certified(erased)})
    if erased.complete:
        certifying.end(erasing)
    return erased


def _certified(erased: Erasure) -> dict[str, str]:
    body = erased.certificate
    return {} if body is None else {"certificate_sha256": certificates.digest(body)}


def begin(erasing: Erasing, kinds: Sequence[HolderKind], now: datetime, again: Entry | None = None) -> Work:
    """Ends its visits; what it claimed with others is handed over."""
    shop, owner, before = erasing.shop, erasing.owner, again.until if again else None
    visits = file_holds.end_visits(shop=shop, owner=owner, now=now, before=before)
    certifying.note(erasing, "session", {visit.id: [] for visit in visits}, now)
    for visit in visits:
        handing.settle_visit(shop=shop, session=visit.id, now=now)
    return Work(erasing, [owner, *(f"session:{visit.id}" for visit in visits)], kinds, now, again)


def _erase(work: Work, tell: Tell) -> Erasure:
    erased = Erasure()
    for owner in work.owners:
        done, spared = erase_projects(work, owner)
        erased.projects += done
        erased.spared |= spared
    left = _end_others(work, erased)
    for _ in range(PASSES):
        _erase_all_files(work, erased, tell)
        erased.waiting |= left
        if erased.complete:
            break
    before = work.again.until if work.again else None
    purchases.forget(shop=work.shop, owner=work.erasing.owner, before=before)
    file_holds.forget_owner(shop=work.shop, owner=work.erasing.owner, now=work.now, before=before)
    erased.is_empty = not certifying.noted(work.erasing)
    if erased.complete and not (work.again and erased.is_empty):
        kept = erased.spared | {f"file:{id}": f"kept for {holder}" for id, holder in erased.kept.items()}
        erased.certificate = certifying.certify(work.erasing, work.kinds, kept, work.now)
    return erased


def erase_projects(work: Work, owner: str) -> tuple[int, dict[str, str]]:
    """All projects of an owner, with their versions and documents; those that a legal hold keeps, and why.

    Raises DeletionPaused, CustomerHeld.
    """
    done, spared, start = 0, dict[str, str](), None
    while True:
        switches.require_deletion(work.shop)
        holds.require_unheld(work.shop, owner)
        page = table.query_index("by_owner", keys.projects_of_owner(work.shop, owner), limit=PAGE, start=start)
        heads = table.batch_get(ProjectRow, [entry.key for entry in page.items], Head, consistent=True)
        for head in heads.values():
            if head.owner != owner or head.state == ProjectState.GONE or not work.is_meant(keys.holder(head.id)):
                continue
            kept = erasing_projects.erase(head, work.erasing, work.now)
            done += not kept
            spared |= {keys.holder(head.id): kept} if kept else {}
        start = page.next
        if start is None:
            return done, spared


def erase_files(work: Work, owner: str, start: Cursor, spared: Collection[str] = ()) -> tuple[Erasure, Cursor]:
    """The next 100 files of an owner, and where the following begin. `spared`: holders of hers that the law keeps.

    Raises DeletionPaused, CustomerHeld.
    """
    holds.require_unheld(work.shop, owner)
    page = file_holds.erase_files(
        shop=work.shop,
        owner=owner,
        start=start,
        now=work.now,
        wanted=lambda file: work.is_meant(f"file:{file.id}"),
        note=lambda files: certifying.note(work.erasing, "file", {file.id: _numbers(file) for file in files}, work.now),
    )
    done = Erasure(files=len(page.gone), size=sum(file.size for file in page.gone))
    done.waiting = page.failed | {file.id: "its upload may still be under way" for file in page.going}
    owners = owners_of((holder for file in page.held for holder in file.holders), work.kinds, work.shop)
    heirs: defaultdict[str, list[File]] = defaultdict(list)
    for file in page.held:
        fate = fates.fate_of(file.holders, owners, work.owners, spared)
        if fate.kept_for:
            done.kept[file.id] = fate.kept_for
        elif fate.heir:
            heirs[fate.heir].append(file)
        else:
            done.waiting[file.id] = f"{', '.join(sorted(file.holders))} is being made or removed"
    for heir, files in heirs.items():
        certifying.note(work.erasing, "given", {file.id: [] for file in files}, work.now)
        given = file_holds.give(files=files, owner=owner, heir=heir, now=work.now, nameless=True)
        done.handed_over += len(given)
        done.waiting |= {file.id: "it is being changed" for file in files if file.id not in given}
    return done, page.next


def _numbers(file: File) -> list[int]:
    """Bytes and renditions."""
    return [file.size, len(file.renditions)]


def _end_others(work: Work, erased: Erasure) -> dict[str, str]:
    """What else of hers there is besides projects and files; answers what is left of it, and why."""
    left: dict[str, str] = {}
    noted = certifying.noted(work.erasing)
    for kind, owner in ((kind, owner) for kind in work.kinds for owner in work.owners):
        erased.spared |= kind.kept(work.shop, owner)
        if kind.erase is None:
            continue
        # With what an earlier try began to end.
        found = set(noted.get(kind.name, {}))
        for page in kind.found(work.shop, owner, noted.get("project", {})):
            meant = {id: numbers for id, numbers in page.items() if work.is_meant(f"{kind.name}:{id}")}
            certifying.note(work.erasing, kind.name, meant, work.now)
            found |= meant.keys()
        for word, number in kind.erase(shop=work.shop, owner=owner, now=work.now, found=found).items():
            erased.ended[word] = erased.ended.get(word, 0) + number
        left |= dict.fromkeys(found - kind.gone(found), f"the {kind.name} is being changed")
    return left


def _erase_all_files(work: Work, erased: Erasure, tell: Tell) -> None:
    erased.kept, erased.waiting = {}, {}
    for owner in work.owners:
        start: Cursor = {}
        while start is not None:
            page, start = erase_files(work, owner, start or None, erased.spared)
            erased.add(page)
            tell(erased)
