"""Names and payloads that cross domains: they never import each other, they send work by these names."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, NotRequired, Protocol, TypedDict

SETTLE_SLICE = "files.settle_slice"
SETTLE_PROJECTS = "projects.settle_session"
SUM_SHOP = "files.sum_shop"
PLAN_REDATING = "files.plan_redating"
REDATE_FILES = "files.redate_slice"
REDATE_PROJECTS = "projects.redate_slice"
RECOUNT_SLICE = "files.recount_slice"
COUNT_PROJECTS = "projects.count_days"
SETTLE_HOLD = {"files": "files.settle_hold", "projects": "projects.settle_hold"}
"""What brings the marks of a legal hold in a domain to what the hold says."""
RUN_JOB = "scheduler.run_job"
COUNT_DEAD_LETTERS = "scheduler.count_dead_letters"
FOLD_STATISTICS = "scheduler.fold_statistics"
RECORD_SLICE = "scheduler.record_slice"
START_SLICES = "scheduler.start_slices"
SWEEP_SLICES = {
    "file": "files.sweep_slice",
    "session": "files.sweep_slice",
    "usage": "files.sweep_usage",
    "rendition": "files.sweep_renditions",
    "project": "projects.sweep_slice",
    "intent": "projects.sweep_slice",
    "move": "projects.sweep_moves",
    "cart-item": "projects.sweep_carts",
    "pin": "projects.sweep_carts",
    "order": "projects.sweep_orders",
    "leftover": "projects.sweep_leftovers",
    "package": "projects.sweep_packages",
    "run": "scheduler.sweep_slice",
    "hold": "scheduler.sweep_holds",
    "webhook": "webhooks.sweep_slice",
}
"""Which task sweeps the due items of a kind."""
POSTPONE_SLICE = "scheduler.postpone_slice"
GUARDED = frozenset({"file", "project", "cart-item", "order", "leftover"})
"""Kinds of which a policy's mistake could take many."""
HARMLESS = frozenset({"run", "webhook", "move", "usage", "hold"})
"""Kinds of which a sweep deletes nothing: they go on while deletion is paused."""
DUE_WITHIN_A_DAY = "due_within_a_day"
MOST_TOLD = 100
"""So many items that a slice of a redate changes are noted one by one; the others are counted."""
NOTHING_DONE = ("skipped", "unchanged", "failed")
REMOVALS = ("trashed", "purged", "facts_kept", "leftovers_released", "expired", DUE_WITHIN_A_DAY)
"""What slices call the removals that a guard counts, and what they call what they left."""


GUARD_OF_JOB = "JOB#"


def guards_of(shop: str) -> str:
    """Partition of what stands in the way of a shop's removals: a row for each job, kept by the scheduler."""
    return f"GUARD#{shop}"


class Part(TypedDict):
    """A slice of a planned run: how many items it is thought to have, and what its task is told besides
    `run_id` and `slice_number`. `task`: if it is another than the run's."""

    items: int
    payload: dict[str, Any]
    task: NotRequired[str]


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """Work that a domain has cut into slices, for the scheduler to record, send and keep going.

    `task` does a slice and answers RECORD_SLICE. The sender mints `run_id`, so that a repeat is no second run.
    A plan of many slices comes in several messages: `first` is the number of its first slice, `last` tells that no
    more come; `items_before`: how many items were in the messages before. `survey`: a dry run, about which a guard
    decides; its slices are told `dry_run`.
    """

    run_id: str
    job: str
    shop: str
    task: str
    parts: Sequence[Part]
    first: int = 1
    last: bool = True
    items_before: int = 0
    survey: bool = False

    def payload(self) -> dict[str, Any]:
        return asdict(self)


class Failure(TypedDict):
    id: str
    cause: str
    key: NotRequired[list[str]]
    """None where the sweep of that row would not be the same work; it is done again by what is due."""


@dataclass(frozen=True, slots=True)
class SweepSlice:
    """Some due items of one domain, as keys of their rows. `dry_run`: say what would be done, touch nothing."""

    run_id: str
    slice_number: int
    keys: Sequence[tuple[str, str]]
    dry_run: bool

    def payload(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "slice_number": self.slice_number,
            "keys": [list(key) for key in self.keys],
            "dry_run": self.dry_run,
        }


class Decides(Protocol):
    """A shop, by whose policy was decided."""

    @property
    def id(self) -> str: ...
    @property
    def revision(self) -> int: ...


Done = tuple[str, str, int]
"""Id, word, and bytes that were removed or would be."""


@dataclass(slots=True)
class SliceReport:
    """What a slice did. `counts` by word (trashed, purged, …). `items`: the same, one by one. `days`: what will be due
    then, of what was dated.

    `failures`: {"id", "cause", "key"} of each failed item: `key` is its row's pk and sk, by which it is tried again.
    `by_shop`: what the statistics of a shop count of what was done; of a dry run nothing. `policies`: by which revision
    of each shop was decided.
    """

    counts: dict[str, int] = field(default_factory=dict)
    bytes_removed: int = 0
    failures: list[Failure] = field(default_factory=list)
    items: list[Done] = field(default_factory=list)
    days: dict[str, int] = field(default_factory=dict)
    by_shop: dict[str, dict[str, int]] = field(default_factory=dict, compare=False)
    policies: dict[str, int] = field(default_factory=dict, compare=False)

    def becomes_due(self, at: datetime) -> None:
        """Counted by day, in UTC."""
        day = f"{at.astimezone(UTC):%Y-%m-%d}"
        self.days[day] = self.days.get(day, 0) + 1

    def did(self, word: str, id: str, size: int = 0) -> None:
        """Of a dry run: would do."""
        self.add(word)
        self.items.append((id, word, size))
        self.bytes_removed += size

    def add(self, word: str, number: int = 1) -> None:
        self.counts[word] = self.counts.get(word, 0) + number

    def count(self, shop: str, name: str, number: int = 1) -> None:
        """By a name of `statistics.Counts`."""
        counted = self.by_shop.setdefault(shop, {})
        counted[name] = counted.get(name, 0) + number

    def decided_by(self, shop: Decides) -> None:
        self.policies[shop.id] = shop.revision

    def fail(self, id: str, key: tuple[str, str] | None, cause: str) -> None:
        """`key`: None where the sweep of that row would not be the same work."""
        self.did("failed", id)
        self.failures.append({"id": id, "cause": cause, "key": list(key)} if key else {"id": id, "cause": cause})

    def payload(self, run_id: str, slice_number: int) -> dict[str, Any]:
        return {
            "run_id": run_id,
            "slice_number": slice_number,
            "counts": self.counts,
            "bytes_removed": self.bytes_removed,
            "failures": self.failures,
            "items": self.items,
            "days": self.days,
            "by_shop": self.by_shop,
            "policies": self.policies,
        }
