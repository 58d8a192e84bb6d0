"""Sending a run's slices: a slice's row is there before its message can be answered."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from imagestore.common import contracts, table, tasks
from imagestore.common.contracts import Part
from imagestore.common.rows import Key
from scheduler import keys, models, queries, rules
from scheduler.models import RunRow
from scheduler.operations.closing import close_if_complete
from scheduler.records import Run, RunState


class Sender:
    """Puts together slices of 100 items of one task, and sends each as soon as it is full."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.slices = self.items = 0
        self._open: dict[str, list[Key]] = {}

    def add(self, task: str, key: Key) -> None:
        keys = self._open.setdefault(task, [])
        keys.append(key)
        if len(keys) == rules.SLICE_ITEMS:
            self._send(task, self._open.pop(task))

    def has_room(self, task: str) -> bool:
        return task in self._open or self.slices + len(self._open) < rules.MOST_SLICES

    def _send(self, task: str, keys: list[Key]) -> None:
        self.slices += 1
        payload = contracts.SweepSlice(self.run.id, self.slices, keys, self.run.dry_run).payload()
        send_slice(self.run, self.slices, task, payload)
        self.items += len(keys)

    def finish(self, skipped: int = 0, note: str | None = None) -> Run:
        """The run as it stands once all is sent."""
        for task in list(self._open):
            self._send(task, self._open.pop(task))
        return set_running(self.run, self.slices, self.items, skipped, note)


def send_slice(run: Run, number: int, task: str, payload: Mapping[str, Any]) -> None:
    """Once, however often it is tried."""
    if table.put_new(models.slice_row(run, number, task, payload)):
        tasks.send(task, **payload)


def set_running(run: Run, slices: int, items: int, skipped: int = 0, note: str | None = None) -> Run:
    running = models.start_running(slices, items, skipped, note)
    outcome = table.update(RunRow, keys.run(run.id), running, RunRow.state == RunState.PLANNING, Run)
    return close_if_complete(outcome.row or run, run.started_at)


def send_parts(run: Run, parts: Iterable[tuple[str, Part]], *, first: int = 1) -> tuple[int, int]:
    """A slice for each task and part, as they come: the number of the last, and of the items in them."""
    number, items = first - 1, 0
    for number, (task, part) in enumerate(islice(parts, rules.MOST_SLICES), start=first):
        send_slice(run, number, task, {"run_id": run.id, "slice_number": number, **part["payload"]})
        items += part["items"]
    return number, items


def send_following(run: Run) -> Run:
    """What its survey looked at, now for good. Interrupted, a repeat sends what is left."""
    number = 0
    for number, task, plan in queries.plans_of(str(run.follows)):
        send_slice(run, number, task, {**plan, "run_id": run.id, "dry_run": run.dry_run})
    return set_running(run, number, run.planned)
