"""A photo book of 60 pages and 200 photos through 50 autosaves, each of which changes none to two of its photos.

Beside it the naive way: a link row for each photo of each version, found by photo through an index, as a table between
projects and files would have them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

import orjson

from benchmarks import world
from benchmarks.budgets import Cost, Line, cost_of
from files.records import File
from imagestore.common import clock, ids, table
from imagestore.common.rows import Item
from projects import histories, operations, packing, rules
from projects.operations.saving import Saved
from projects.records import Crop, Draft, Placement, SaveKind

CHANGED = (0, 1, 0, 2, 0, 0, 1, 2, 0, 1)
"""Photos that a save exchanges, over and over."""


@dataclass(frozen=True, slots=True)
class BookSizes:
    pages: int = 60
    photos: int = 200
    saves: int = 50

    @property
    def exchanged(self) -> int:
        return sum(CHANGED[number % len(CHANGED)] for number in range(self.saves))


@dataclass(frozen=True, slots=True)
class Edited:
    """What one save cost, which is the `number`-th, and what the naive way took for the same."""

    number: int
    changed: int
    ours: Line
    naive: Cost


@dataclass(frozen=True, slots=True)
class Book:
    saves: list[Edited]
    pruning: Cost

    @property
    def ours(self) -> Cost:
        """All saves, and what pruning took between them."""
        return _sum([*(one.ours.used for one in self.saves), self.pruning])

    @property
    def naive(self) -> Cost:
        return _sum([one.naive for one in self.saves])

    @property
    def ok(self) -> bool:
        return all(one.ours.ok for one in self.saves)


def edit(sizes: BookSizes) -> Book:
    """Needs an open shop."""
    owner = world.customer("edits-a-book")
    stored = world.store(owner, sizes.photos + sizes.exchanged)
    used, spare = list(stored[: sizes.photos]), iter(stored[sizes.photos :])
    saved = world.create(owner, used)
    edited, pruning, pruned = list[Edited](), list[Cost](), False
    for number in range(sizes.saves):
        changed = CHANGED[number % len(CHANGED)]
        for place in range(changed):
            used[(number * 7 + place * 31) % sizes.photos] = next(spare)
        draft = _design(used, sizes, number)
        line, saved = _save(saved, draft, changed, pruned)
        edited.append(Edited(number + 1, changed, line, _link(draft)))
        pruned = saved.version % histories.PRUNE_SLACK == 0
        if pruned:
            pruning.append(cost_of(partial(operations.prune_versions, id=saved.id, now=clock.now())))
    return Book(edited, _sum(pruning))


def _save(on: Saved, draft: Draft, changed: int, pruned: bool) -> tuple[Line, Saved]:
    """Version and head; for photos that are new an intent beside the version, and an update for each.

    Units: the version's own kilobytes and the head's one. With photos the intent joins the version (1, and 1 for its
    due) and the head in a transaction (2 for each), and each photo's row leaves `by_due` (1 and 1). Right after
    pruning a save of new photos looks at the head, holds them and moves once more: something was released meanwhile.
    """
    owner, saves = world.customer("edits-a-book"), list[Saved]()

    def save() -> None:
        saves.append(
            operations.save(
                id=on.id,
                draft=draft,
                if_match=on.tag,
                owner=f"customer:{owner.customer}",
                principal=owner,
                now=clock.now(),
                kind=SaveKind.AUTOSAVE,
            )
        )

    used, packed = cost_of(save), packing.pack_content(draft.document, draft.placements)
    inline = len(packed) <= rules.INLINE_DOCUMENT
    version = ceil((len(packing.pack_files(draft.files)) + len(packed) * inline + 400) / 1024)
    intent_and_move = 2 + 2 * 2 + 2 * changed if changed else 1
    again = changed + 2 if pruned and changed else 0
    budget = Cost(2 + changed + again, 0 if inline else 1, wcu=version + intent_and_move + 2 * again)
    return Line(f"autosave, {changed} photos changed", budget, used), saves[0]


def _link(draft: Draft) -> Cost:
    """The version with its document, a link for each of its photos, and the project."""
    project, version = ids.new_id(clock.now()), ids.new_id(clock.now())
    document = packing.pack_content(draft.document, draft.placements)

    def link() -> None:
        table.put_new(Item(f"NAIVE#{project}", "PROJECT"))
        table.put_new(Item(f"NAIVE#{project}", f"VERSION#{version}", owner_sort="-" * len(document)))
        table.put_batch(
            [
                Item(f"NAIVE#{project}", f"LINK#{version}#{photo}", owner_key=f"LINKS#{photo}", owner_sort=version)
                for photo in sorted(draft.photos)
            ]
        )

    return cost_of(link)


def _design(photos: Sequence[File], sizes: BookSizes, number: int) -> Draft:
    placements = tuple(_placed(len(photos), sizes.pages))
    pages = [
        {"background": "white", "text": f"Page {page} of the {number}th try", "photos": []}
        for page in range(1, sizes.pages + 1)
    ]
    files = {f"p{index}": photo.id for index, photo in enumerate(photos)}
    return Draft("A book", orjson.dumps({"format": "A4", "pages": pages}), files, placements)


def _placed(photos: int, pages: int) -> Iterator[Placement]:
    for index in range(photos):
        yield Placement(f"p{index}", index % pages + 1, 100.0 + index % 7, 75.0, Crop(0.0, 0.1, 1.0, 0.8))


def _sum(costs: Sequence[Cost]) -> Cost:
    return Cost(
        sum(cost.dynamodb for cost in costs),
        sum(cost.s3 for cost in costs),
        wcu=sum(cost.wcu or 0 for cost in costs),
        rcu=sum(cost.rcu or 0 for cost in costs),
    )
