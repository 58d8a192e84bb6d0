"""The table of jobs, and when a run goes on, is helped or given up. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from imagestore.common import contracts, due
from scheduler.errors import JobUnknown
from scheduler.records import Job, Run, RunState

SWEEP = "sweep"
JOBS = (
    Job(
        name=SWEEP,
        cadence=timedelta(minutes=5),
        local_cadence=timedelta(seconds=5),
        patience=timedelta(minutes=10),
    ),
)
PATIENCE = timedelta(minutes=10)
"""With a run that another domain planned."""
SLICE_ITEMS = 100
MOST_SLICES = 5_000
"""A run plans no more, so that planning stays far inside a Lambda's 15 minutes; the next run goes on."""
PLANNING_LIMIT = timedelta(minutes=15)
RESEND_AFTER = timedelta(seconds=60)
FIRST_LOOK_BACK = timedelta(days=1)
REREAD_FOR = timedelta(hours=3)
KEPT_FOR = timedelta(days=400)
LONGEST_CAUSE = 300
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
Hours = Mapping[datetime, datetime | None]


def job(name: str) -> Job:
    for known in JOBS:
        if known.name == name:
            return known
    names = ", ".join(sorted(known.name for known in JOBS))
    raise JobUnknown(f"There is no job {name}; jobs are: {names}.", field="name")


def patience(name: str) -> timedelta:
    """How long a run may stand still before it is given up."""
    return next((known.patience for known in JOBS if known.name == name), PATIENCE)


def rate(cadence: timedelta) -> str:
    """The cadence as EventBridge writes it."""
    minutes = int(cadence / timedelta(minutes=1))
    return f"rate({minutes} {'minute' if minutes == 1 else 'minutes'})"


def stands_still(run: Run, now: datetime) -> bool:
    """Nothing was reported for so long that messages may be lost. A long queue that moves is left alone."""
    return now - run.progressed_at >= RESEND_AFTER


def hopeless(run: Run, now: datetime) -> str | None:
    """Why a run that is still open, as seen by who holds its job, will not end by itself."""
    if run.state is RunState.PLANNING:
        return "Planning was interrupted."
    silent = now - run.progressed_at
    if silent >= patience(run.job):
        return f"Nothing was reported for {int(silent / timedelta(minutes=1))} minutes."
    return None


def still_planning(run: Run, now: datetime) -> bool:
    """Its slices are being sent by someone who may be alive."""
    return run.state is RunState.PLANNING and now - run.started_at < PLANNING_LIMIT


def is_complete(run: Run) -> bool:
    return run.slices_done >= run.slices


def hours_to_read(known: Hours, since: datetime, now: datetime) -> dict[datetime, datetime | None]:
    """Hours left open by earlier sweeps, and those that have begun since; in order."""
    first = max(known) + HOUR if known else since
    return {hour: known.get(hour) for hour in sorted({*known, *due.hours(first, now)})}


def hours_left(read: Hours, occupied: Iterable[datetime], now: datetime) -> dict[datetime, datetime | None]:
    """What the next sweep reads again. An hour is passed once it has ended and reads empty for 3 hours.

    A row may reach a bucket late: its writer chose the hour, then retried, and the index follows later still.
    """
    taken = set(occupied)
    left: dict[datetime, datetime | None] = {}
    for hour, first_empty in read.items():
        if hour in taken or hour >= due.hour_of(now):
            left[hour] = None
        elif first_empty is None or now - first_empty < REREAD_FOR:
            left[hour] = first_empty or now
    return left


def task_for(due_sort: str) -> str | None:
    """Which task sweeps what waits there; None for a kind that nobody here knows."""
    try:
        return contracts.SWEEP_SLICES.get(due.parse(due_sort).kind)
    except ValueError:
        return None
