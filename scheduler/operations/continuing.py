"""What a slice leaves for another: one more slice of its run, which cannot be complete without it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from imagestore.common import transaction
from imagestore.common.transaction import Write
from scheduler import models, queries, rules
from scheduler.errors import SliceUnknown


@dataclass(frozen=True, slots=True)
class Rest:
    """A slice to be written by the very transaction that ends the one before, and its message for afterwards."""

    write: Write
    task: str
    payload: Mapping[str, Any]


def rest_of(run_id: str, slice_number: int, left: Mapping[str, Any], now: datetime) -> Rest:
    """Its number follows from that of the slice before, so that a repeat makes no second one. Two reads."""
    before = queries.find_slice(run_id, slice_number)
    if before is None:
        raise SliceUnknown(f"The run {run_id} has no slice {slice_number}.")
    number = slice_number + rules.MOST_SLICES
    payload = {"run_id": run_id, "slice_number": number, **left}
    row = models.slice_row(replace(queries.run(run_id), started_at=now), number, before.task, payload)
    return Rest(transaction.put(row), before.task, payload)
