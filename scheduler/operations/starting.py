"""Starting the runs that this domain plans itself: what is due, or what failed before."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice

from imagestore.audit import operations as audit
from imagestore.common import contracts, due, ids, queues, switches, table, tasks, transaction
from imagestore.common.principal import Principal
from imagestore.common.rows import Key
from imagestore.common.transaction import TransactionLost, Write
from scheduler import keys, models, queries, rules
from scheduler.errors import JobBusy, NothingFailed
from scheduler.models import CheckpointRow, JobRow, RunRow
from scheduler.operations.progress import finish_if_complete, keep_going
from scheduler.records import Checkpoint, JobStanding, Run, RunState, Trigger

Sliced = Iterator[tuple[str, list[tuple[str, str]]]]


@dataclass(slots=True)
class _Reading:
    """What a sweep has seen of `by_due` so far."""

    checkpoint: Checkpoint | None
    hours: dict[datetime, datetime | None]
    shards: int
    occupied: set[datetime] = field(default_factory=set)
    skipped: int = 0


def start_run(
    *, job: str, trigger: Trigger, now: datetime, principal: Principal, dry_run: bool = False, reason: str = ""
) -> Run | None:
    """The run that does the job's work: a new one, or the one that is still under way.

    None, for the clock only: nothing was due, or someone else is planning; then no row is written. Others get
    a row for every start, or JobBusy while someone else is planning. Raises JobUnknown.
    """
    principal.require_role("operator")
    run = _new_run(job, trigger, now, dry_run=dry_run)
    with _planning(run) as standing:
        if standing is None:
            if trigger is Trigger.CLOCK:
                return None
            raise JobBusy(f"Someone else is planning the job {job} at this moment. Try again shortly.")
        if standing.run_id and (under_way := keep_going(standing.run_id, now)):
            return under_way
        if not dry_run and switches.deletion_paused():
            return _note_pause(run, standing, principal)
        return _plan(run, principal, reason)


def retry_failures(*, id: str, principal: Principal, reason: str, now: datetime) -> Run:
    """A run of just the items that failed in another, dry if that was. Raises RunUnknown, NothingFailed, JobBusy."""
    principal.require_role("operator")
    failed = queries.run(id)
    if not failed.failures:
        raise NothingFailed("Nothing failed in this run.")
    sliced = rules.slices(queries.failed_items(id))
    first = next(sliced, None)
    if first is None:
        raise NothingFailed("This run did not note which rows failed. They are still due: the next run takes them up.")
    run = _new_run(failed.job, Trigger.STAFF, now, dry_run=failed.dry_run)
    with _planning(run) as standing:
        if standing is None or (standing.run_id and keep_going(standing.run_id, now)):
            raise JobBusy(f"A run of the job {failed.job} is under way. Try again when it is done.")
        if not run.dry_run and switches.deletion_paused():
            raise JobBusy("All deletion is paused. Resume it first.")
        _record_start(run, models.note_run(run), principal, reason, {"retries": id})
        return _send_slices(run, chain([first], sliced))


def _new_run(job: str, trigger: Trigger, now: datetime, *, dry_run: bool = False) -> Run:
    """Raises JobUnknown."""
    return Run(
        id=ids.new_id(now),
        job=rules.job(job).name,
        trigger=trigger,
        state=RunState.PLANNING,
        dry_run=dry_run,
        started_at=now,
        progressed_at=now,
    )


@contextmanager
def _planning(run: Run) -> Iterator[JobStanding | None]:
    """One plans at a time; None for all others. A holder that dies keeps the job until its time runs out."""
    key = keys.job(run.job, run.dry_run)
    outcome = table.update(JobRow, key, *models.take_job(run.id, run.started_at), JobStanding)
    if not outcome.won:
        yield None
        return
    try:
        yield outcome.row
    finally:
        table.update(JobRow, key, models.free_job(), JobRow.holder == run.id, JobStanding)


def _note_pause(run: Run, standing: JobStanding, principal: Principal) -> Run | None:
    """A row each hour tells that the clock was held back; a row at each tick would tell no more."""
    noted, now = standing.pause_noted_at, run.started_at
    if run.trigger is Trigger.CLOCK and noted and due.hour_of(noted) == due.hour_of(now):
        return None
    paused = replace(run, state=RunState.PAUSED, finished_at=now)
    _record_start(paused, models.note_pause(run, now), principal)
    return paused


def _plan(run: Run, principal: Principal, reason: str) -> Run | None:
    reading = _open_reading(run.started_at)
    sliced = rules.slices(_nominated(reading, run.started_at))
    first = next(sliced, None)
    planned = None
    if first is not None or run.trigger is not Trigger.CLOCK:
        _record_start(run, models.note_run(run), principal, reason)
        planned = _send_slices(run, chain([first] if first else [], sliced), lambda: reading.skipped)
    everything_was_read = next(sliced, None) is None
    if everything_was_read and not run.dry_run:
        _move_checkpoint(reading, run.started_at)
    return planned


def _open_reading(now: datetime) -> _Reading:
    checkpoint, shards = queries.checkpoint(), due.shards()
    known = checkpoint.hours if checkpoint else {}
    since = shards.since or now - rules.FIRST_LOOK_BACK
    return _Reading(checkpoint, rules.hours_to_read(known, since, now), shards.number)


def _nominated(reading: _Reading, now: datetime) -> Iterator[tuple[str, Key]]:
    """Task and key of each due item. What has no consumer here waits where it is."""
    for hour, entry in queries.due_entries(reading.hours, shards=reading.shards, now=now):
        reading.occupied.add(hour)
        task = rules.task_for(entry.sort)
        if task and queues.exists(queues.of_task(task)):
            yield task, entry.key
        else:
            reading.skipped += 1


def _record_start(
    run: Run, standing: Write, principal: Principal, reason: str = "", details: Mapping[str, str] | None = None
) -> None:
    writes = [transaction.put(models.run_row(run)), standing]
    try:
        if run.trigger is Trigger.CLOCK:
            transaction.commit(writes)
        else:
            audit.record(
                writes,
                action="run.started",
                subject=f"run:{run.id}",
                principal=principal,
                reason=reason,
                now=run.started_at,
                details={"job": run.job, "dry_run": run.dry_run, "state": run.state, **(details or {})},
            )
    except TransactionLost as lost:
        raise JobBusy(f"Planning took so long that someone else took over the job {run.job}.") from lost


def _send_slices(run: Run, sliced: Sliced, skipped: Callable[[], int] = lambda: 0) -> Run:
    """The run as it stands once all is sent. A slice's row is there before its message can be answered.

    `skipped` is asked afterwards: what is read while slices are made is counted by then.
    """
    number = items = 0
    for number, (task, slice_keys) in enumerate(islice(sliced, rules.MOST_SLICES), start=1):
        payload = contracts.SweepSlice(run.id, number, slice_keys, run.dry_run).payload()
        table.put_new(models.slice_row(run, number, task, payload))
        tasks.send(task, **payload)
        items += len(slice_keys)
    running = models.start_running(number, items, skipped())
    outcome = table.update(RunRow, keys.run(run.id), running, RunRow.state == RunState.PLANNING, Run)
    return finish_if_complete(outcome.row or run, run.started_at)


def _move_checkpoint(reading: _Reading, now: datetime) -> None:
    """Losing means that a later sweep has moved it: its hours are as good."""
    before = reading.checkpoint
    left = rules.hours_left(reading.hours, reading.occupied, now)
    if before is None:
        table.put_new(models.checkpoint_row(left))
    elif left != before.hours:
        moved, unmoved = models.move_checkpoint(before, left)
        table.update(CheckpointRow, keys.CHECKPOINT, moved, unmoved, Checkpoint)
