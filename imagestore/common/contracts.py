"""Names and payloads that cross domains: they never import each other, they send work by these names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

RUN_JOB = "scheduler.run_job"
RECORD_SLICE = "scheduler.record_slice"
SWEEP_SLICES = {
    "file": "files.sweep_slice",
    "project": "projects.sweep_slice",
    "intent": "projects.sweep_slice",
}
"""Which task sweeps the due items of a kind."""


class Failure(TypedDict):
    id: str
    cause: str
    key: NotRequired[list[str]]
    """Slices of before it was noted, and messages still on their way, have none."""


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


@dataclass(slots=True)
class SliceReport:
    """What a slice did. `counts` by word (trashed, purged, …).

    `failures`: {"id", "cause", "key"} of each failed item: `key` is its row's pk and sk, by which it is tried again.
    """

    counts: dict[str, int] = field(default_factory=dict)
    bytes_removed: int = 0
    failures: list[Failure] = field(default_factory=list)

    def add(self, word: str, number: int = 1) -> None:
        self.counts[word] = self.counts.get(word, 0) + number

    def fail(self, id: str, key: tuple[str, str], cause: str) -> None:
        self.add("failed")
        self.failures.append({"id": id, "cause": cause, "key": list(key)})

    def payload(self, run_id: str, slice_number: int) -> dict[str, Any]:
        return {
            "run_id": run_id,
            "slice_number": slice_number,
            "counts": self.counts,
            "bytes_removed": self.bytes_removed,
            "failures": self.failures,
        }
