"""Rows of the scheduler and the writes on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action, SetAction

from imagestore.common import due, transaction
from imagestore.common.contracts import Done, Failure
from imagestore.common.rows import InstantAttribute, Item
from imagestore.common.transaction import Write
from scheduler import keys, rules
from scheduler.records import Checkpoint, Run, RunState, SliceState


class RunRow(Item):
    """One run, under 1 KB whatever it did. In `by_attention`, newest first; kept for 400 days."""

    id = UnicodeAttribute()
    job = UnicodeAttribute()
    trigger = UnicodeAttribute()
    state = UnicodeAttribute()
    dry_run = BooleanAttribute()
    started_at = InstantAttribute()
    progressed_at = InstantAttribute()
    finished_at = InstantAttribute(null=True)
    planned = NumberAttribute(default=0)
    slices = NumberAttribute(default=0)
    slices_done = NumberAttribute(default=0)
    bytes_removed = NumberAttribute(default=0)
    failures = NumberAttribute(default=0)
    cause = UnicodeAttribute(null=True)
    tally: MapAttribute[str, int] = MapAttribute(default=dict)


class SliceRow(Item):
    number = NumberAttribute()
    task = UnicodeAttribute()
    state = UnicodeAttribute()
    sent_at = InstantAttribute()
    done_at = InstantAttribute(null=True)
    payload = JSONAttribute(null=True)
    failures = JSONAttribute(null=True)
    items = JSONAttribute(null=True)


class JobRow(Item):
    run_id = UnicodeAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    held_until = InstantAttribute(null=True)
    pause_noted_at = InstantAttribute(null=True)


class CheckpointRow(Item):
    version = NumberAttribute()
    first_empty = JSONAttribute()


def run_row(run: Run) -> RunRow:
    return RunRow(
        *keys.run(run.id),
        attention_key=keys.RECENT_RUNS,
        attention_sort=run.id,
        expires_at=_kept_until(run.started_at),
        id=run.id,
        job=run.job,
        trigger=run.trigger,
        state=run.state,
        dry_run=run.dry_run,
        started_at=run.started_at,
        progressed_at=run.progressed_at,
        finished_at=run.finished_at,
    )


def watched_run_row(run: Run, shop: str, due_at: datetime) -> RunRow:
    """Of a run that no job's clock keeps going: the sweep looks after it from `due_at` on, until it is closed."""
    row, place = run_row(run), due.due(due_at, now=run.started_at, shop=shop, kind="run", id=run.id)
    row.due_bucket, row.due_sort = place.bucket, place.sort
    return row


def run_waits_until(due_at: datetime, *, now: datetime, shop: str, id: str) -> list[Action]:
    place = due.due(due_at, now=now, shop=shop, kind="run", id=id)
    return [RunRow.due_bucket.set(place.bucket), RunRow.due_sort.set(place.sort)]


def shop_of(due_sort: str) -> str:
    return due.parse(due_sort).shop


def slice_row(run: Run, number: int, task: str, payload: Mapping[str, Any]) -> SliceRow:
    return SliceRow(
        *keys.slice_row(run.id, number),
        expires_at=_kept_until(run.started_at),
        number=number,
        task=task,
        state=SliceState.SENT,
        sent_at=run.started_at,
        payload=dict(payload),
    )


def take_job(holder: str, now: datetime) -> tuple[list[Action], Condition]:
    """Planning is for one at a time; whoever died while planning loses the job when its time is over."""
    actions: list[Action] = [JobRow.holder.set(holder), JobRow.held_until.set(now + rules.PLANNING_LIMIT)]
    return actions, JobRow.holder.does_not_exist() | (JobRow.held_until <= now)


def free_job() -> list[Action]:
    return [JobRow.holder.remove(), JobRow.held_until.remove()]


def note_run(run: Run) -> Write:
    return _standing(run, JobRow.run_id.set(run.id))


def note_pause(run: Run, now: datetime) -> Write:
    return _standing(run, JobRow.pause_noted_at.set(now))


def _standing(run: Run, action: Action) -> Write:
    """Refused when the planner has lost the job to someone else."""
    return transaction.update(JobRow, keys.job(run.job, run.dry_run), [action], JobRow.holder == run.id)


def start_running(slices: int, planned: int, skipped: int) -> list[Action]:
    actions: list[Action] = [
        RunRow.state.set(RunState.RUNNING),
        RunRow.slices.set(slices),
        RunRow.planned.set(planned),
    ]
    return [*actions, _add_count("skipped", skipped)] if skipped else actions


def close_run(state: RunState, now: datetime, cause: str | None = None) -> list[Action]:
    closing: list[Action] = [
        RunRow.state.set(state),
        RunRow.finished_at.set(now),
        RunRow.due_bucket.remove(),
        RunRow.due_sort.remove(),
    ]
    return [*closing, RunRow.cause.set(cause)] if cause else closing


def finish_slice(failures: Sequence[Failure], items: Sequence[Done], now: datetime) -> list[Action]:
    actions: list[Action] = [
        SliceRow.state.set(SliceState.DONE),
        SliceRow.done_at.set(now),
        SliceRow.payload.remove(),
    ]
    if items:
        actions.append(SliceRow.items.set(items))
    told = [{**failure, "cause": failure["cause"][: rules.LONGEST_CAUSE]} for failure in failures]
    return [*actions, SliceRow.failures.set(told)] if told else actions


def add_totals(counts: Mapping[str, int], bytes_removed: int, failures: int, now: datetime) -> list[Action]:
    return [
        RunRow.slices_done.add(1),
        RunRow.bytes_removed.add(bytes_removed),
        RunRow.failures.add(failures),
        RunRow.progressed_at.set(now),
        *(_add_count(word, number) for word, number in counts.items() if number),
    ]


def _add_count(word: str, number: int) -> Action:
    count = Path(["tally", word])
    return SetAction(count, (count | 0) + Value(number))


def checkpoint_row(left: rules.Hours) -> CheckpointRow:
    return CheckpointRow(*keys.CHECKPOINT, version=1, first_empty=_texts(left))


def move_checkpoint(before: Checkpoint, left: rules.Hours) -> tuple[list[Action], Condition]:
    actions: list[Action] = [
        CheckpointRow.version.set(before.version + 1),
        CheckpointRow.first_empty.set(_texts(left)),
    ]
    return actions, CheckpointRow.version == before.version


def _texts(hours: rules.Hours) -> dict[str, str | None]:
    return {hour.isoformat(): since.isoformat() if since else None for hour, since in hours.items()}


def _kept_until(started_at: datetime) -> int:
    return int((started_at + rules.KEPT_FOR).timestamp())
