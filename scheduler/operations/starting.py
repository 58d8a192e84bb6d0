"""Starting the runs that this domain plans itself: what is due, or what failed before."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import chain

from imagestore.audit import operations as audit
from imagestore.common import due, ids, switches, table, transaction
from imagestore.common.principal import Principal
from imagestore.common.rows import Key
from imagestore.common.switches import Paused
from imagestore.common.transaction import TransactionLost, Write
from scheduler import keys, models, queries, rules
from scheduler.errors import JobBusy, NoDryRun, NoRetry, NothingFailed
from scheduler.models import JobRow
from scheduler.operations import regular
from scheduler.operations.beginning import new_run
from scheduler.operations.planning import Plan, move_checkpoint, open_reading
from scheduler.operations.progress import keep_going
from scheduler.operations.sending import Sender, send_parts, set_running
from scheduler.records import JobStanding, Run, RunState, Trigger

EVERY_SHOP = "*"


def start_run(
    *, job: str, trigger: Trigger, now: datetime, principal: Principal, dry_run: bool = False, reason: str = ""
) -> Run | None:
    """The run that does the job's work: a new one, or the one that is still under way.

    None, for the clock only: nothing was due, or someone else is planning; then no row is written. Others get
    a row for every start, or JobBusy while someone else is planning. Raises JobUnknown, NoDryRun.
    """
    principal.require_role("operator")
    known = rules.job(job)
    run = new_run(job=known.name, trigger=trigger, now=now, dry_run=dry_run)
    if dry_run and not known.has_dry_run:
        raise NoDryRun(f"The job {job} changes nothing that a dry run could spare: run it without --dry-run.")
    with _planning(run) as standing:
        if standing is None:
            if trigger is Trigger.CLOCK:
                return None
            raise JobBusy(f"Someone else is planning the job {job} at this moment. Try again shortly.")
        if standing.run_id and (under_way := keep_going(standing.run_id, now)):
            return under_way
        if not rules.sweeps(job):
            return _plan_parts(run, standing, principal, reason)
        paused = switches.deletion()
        if dry_run or not paused.paused:
            return _plan(run, principal, reason, paused)
        noted = _note_pause(run, standing, principal)
        return noted if trigger is not Trigger.CLOCK else _plan(run, principal, reason, paused) or noted


def retry_failures(*, id: str, principal: Principal, reason: str, now: datetime) -> Run:
    """A run of just the items that failed in another, dry if that was.

    Raises RunUnknown, NoRetry, NothingFailed, JobBusy.
    """
    principal.require_role("operator")
    failed = queries.run(id)
    if not rules.sweeps(failed.job):
        raise NoRetry(rules.instead_of_retry(failed.job))
    if not failed.failures:
        raise NothingFailed("Nothing failed in this run.")
    failed_items = queries.failed_items(id)
    first = next(failed_items, None)
    if first is None:
        raise NothingFailed("This run did not note which rows failed. They are still due: the next run takes them up.")
    run = new_run(job=failed.job, trigger=Trigger.STAFF, now=now, dry_run=failed.dry_run)
    with _planning(run) as standing:
        if standing is None or (standing.run_id and keep_going(standing.run_id, now)):
            raise JobBusy(f"A run of the job {failed.job} is under way. Try again when it is done.")
        if not run.dry_run and switches.deletion().paused:
            raise JobBusy("All deletion is paused. Resume it first.")
        _record_start(run, models.note_run(run), principal, reason, {"retries": id})
        sender = Sender(run)
        for task, key in chain([first], failed_items):
            sender.add(task, Key(*key))
        return sender.finish()


@contextmanager
def _planning(run: Run) -> Iterator[JobStanding | None]:
    """One plans at a time; None for all others. A holder that dies keeps the job until its time runs out."""
    key = keys.job(run.job, run.dry_run)
    until = run.started_at + rules.time_limit(run.job)
    outcome = table.update(JobRow, key, *models.take_job(run.id, until, run.started_at), JobStanding)
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
    paused = replace(run, id=ids.new_id(now), state=RunState.PAUSED, finished_at=now)
    _record_start(paused, models.note_pause(run, now), principal)
    return paused


def _plan_parts(run: Run, standing: JobStanding, principal: Principal, reason: str) -> Run | None:
    """Of a job that cuts its work into parts itself; None when the clock told twice."""
    if run.trigger is Trigger.CLOCK and standing.run_id:
        latest = queries.find_run(standing.run_id)
        if rules.is_early(rules.job(run.job), latest, run.started_at):
            return None
    _record_start(run, models.note_run(run), principal, reason)
    return set_running(run, *send_parts(run, regular.parts(run)))


def _plan(run: Run, principal: Principal, reason: str, paused: Paused) -> Run | None:
    """By the clock without anything due: no run, and no row."""
    reading = open_reading(run.started_at, Paused() if run.dry_run else paused)
    plan = Plan(run, reading)
    by_somebody = run.trigger is not Trigger.CLOCK
    if plan.has_own or by_somebody:
        _record_start(run, models.note_run(run), principal, reason)
    sent = plan.send() if plan.has_any or by_somebody else None
    if plan.was_read_to_its_end and not run.dry_run:
        move_checkpoint(reading, run.started_at)
    return sent


def _record_start(
    run: Run, standing: Write, principal: Principal, reason: str = "", details: Mapping[str, str] | None = None
) -> None:
    row = models.run_row(run)
    if rules.is_watched(run.job):
        row = models.watched_run_row(run, EVERY_SHOP, run.started_at + rules.RESEND_AFTER)
    writes = [transaction.put(row), standing]
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
