"""Whose the holders of a photo are. The core knows projects; those above it tell of theirs (`HolderKind`)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from imagestore.common import table
from projects import file_holds, keys, rules
from projects.models import ProjectRow
from projects.records import LIVING, Head, Use


def nobody(ids: Collection[str]) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class HolderKind:
    """Things that hold photos as `name:<id>`. `owners`: whose each is (`customer:…`), by id, of those that exist.

    `erase(shop=, owner=, now=, found=)` ends those of a customer, releasing their photos, and answers counts by word;
    it may be repeated. Without it they stay.

    `found(shop, owner, projects)`: what `erase` is then told to end, by id with numbers of each, page by page;
    `projects`: ids of the customer's that went before. `gone(ids)`: those of which nothing is left.
    `kept(shop, owner)`: of those that stay, why, as in `order:<id>`.

    `uses` reads all there are, as they were some moments ago; `needs(id)` one as it is, nothing when it is no more.
    `release(id=, shop=, photos=, now=)` lets go of photos that it does not need. Raises TransactionLost if it does.
    """

    name: str
    owners: Callable[[Collection[str]], Mapping[str, str]] = nobody
    erase: Callable[..., Mapping[str, int]] | None = None
    found: Callable[[str, str, Collection[str]], Iterable[Mapping[str, list[int]]]] = lambda shop, owner, projects: ()
    gone: Callable[[Collection[str]], set[str]] = set
    kept: Callable[[str, str], Mapping[str, str]] = lambda shop, owner: {}
    uses: Callable[[], Iterator[Use]] = lambda: iter(())
    needs: Callable[[str], frozenset[str]] = lambda id: frozenset()
    release: Callable[..., None] = lambda **_: None


def owners_of(holders: Iterable[str], kinds: Sequence[HolderKind], shop: str) -> dict[str, str]:
    """By holder; of a visit that was claimed, its customer. What is unknown, removed, or only being made has no owner.

    One batch read per 100 of a kind, and one read for each visit.
    """
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for holder in set(holders):
        ids[rules.kind_of(holder)].append(rules.id_of(holder))
    found: dict[str, str] = {}
    for kind in (HolderKind("project", _owners_of_projects), *kinds):
        if ids[kind.name]:
            found |= {f"{kind.name}:{id}": owner for id, owner in kind.owners(ids[kind.name]).items()}
    now = {owner: _owner_now(shop, owner) for owner in set(found.values())}
    return {holder: now[owner] for holder, owner in found.items()}


def _owners_of_projects(ids: Collection[str]) -> dict[str, str]:
    heads = table.batch_get(ProjectRow, [keys.head_row(id) for id in ids], Head, consistent=True)
    return {head.id: head.owner for head in heads.values() if head.state in LIVING}


def _owner_now(shop: str, owner: str) -> str:
    """What was a visit's is handed over by and by."""
    visit = file_holds.visit_of_owner(shop, owner)
    return visit.owner if visit else owner
