"""The table of jobs, and when a run goes on, is helped or given up. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta

from imagestore.common import contracts, due
from scheduler.errors import JobUnknown
from scheduler.records import Job, Run, RunState, Trigger

SWEEP, REDATE = "sweep", "redate"
UNITS = {REDATE: "customers", "recount_usage": "shops", "dead_letters": "queues"}
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
JOBS = (
    Job(
        name=SWEEP,
        cadence=timedelta(minutes=5),
        local_cadence=timedelta(seconds=5),
        patience=timedelta(minutes=10),
        sweeps=True,
        has_dry_run=True,
    ),
    Job(
        name="dead_letters",
        cadence=HOUR,
        local_cadence=timedelta(minutes=5),
        patience=timedelta(minutes=10),
        at=time(minute=20),
    ),
    Job(
        name="statistics",
        cadence=DAY,
        local_cadence=timedelta(minutes=5),
        patience=HOUR,
        at=time(hour=0, minute=30),
    ),
    Job(
        name="recount_usage",
        cadence=DAY,
        local_cadence=timedelta(minutes=5),
        patience=HOUR,
        at=time(hour=2, minute=30),
        has_dry_run=True,
    ),
)
PATIENCE = timedelta(minutes=10)
"""With a run that another domain planned."""
SLICE_ITEMS = 100
MOST_SLICES = 5_000
"""A run plans no more, so that planning stays inside its time limit; the next run goes on."""
PLANNING_LIMIT = timedelta(minutes=15)
"""Of a run that another domain planned."""
RESEND_AFTER = timedelta(seconds=60)
FIRST_LOOK_BACK = timedelta(days=1)
REREAD_FOR = timedelta(hours=3)
KEPT_FOR = timedelta(days=400)
LONGEST_CAUSE = 300
Hours = Mapping[datetime, datetime | None]


def job(name: str) -> Job:
    for known in JOBS:
        if known.name == name:
            return known
    names = ", ".join(sorted(known.name for known in JOBS))
    raise JobUnknown(f"There is no job {name}; jobs are: {names}.", field="name")


def instead_of_retry(name: str) -> str:
    """How what failed in a run of a job that does not sweep is done all the same."""
    if any(known.name == name for known in JOBS):
        return f"What failed in a run of {name} is looked at again by the next: start that."
    return f"What failed in a run of {name} is still due: the sweep sees to it."


def unit(name: str) -> str:
    """What a run of the job plans, whatever it then finds of them."""
    return UNITS.get(name, "items")


def listed(name: str) -> str:
    """Which items a run of the job notes one by one; the others are only counted."""
    return f"The first {contracts.MOST_TOLD} changes of each slice" if name == REDATE else "Its items one by one"


def if_declined(name: str) -> str:
    """What becomes of what a survey told of."""
    if name == REDATE:
        return "No date is changed. Set another policy, or have it surveyed again: manage.py redate SHOP"
    return "Nothing of it is removed. Mend the shop's policy; it is looked at again in a day."


def if_approved(name: str) -> str:
    if name == REDATE:
        return "The dates are being changed. As many items may go within two days, beyond what the policy lets go."
    return "What the survey told of is being removed."


def patience(name: str) -> timedelta:
    """How long a run may stand still before it is given up."""
    return next((known.patience for known in JOBS if known.name == name), PATIENCE)


def time_limit(name: str) -> timedelta:
    """How long a run may be planned."""
    return next((known.time_limit for known in JOBS if known.name == name), PLANNING_LIMIT)


def sweeps(name: str) -> bool:
    """Whether the items of a run are due rows, so that those that failed can be retried."""
    return any(known.name == name and known.sweeps for known in JOBS)


def is_watched(name: str) -> bool:
    """The sweep's own ticks keep it going; a run of any other job is due, so that the sweep looks after it."""
    return not sweeps(name)


def expression(job: Job) -> str:
    """When the clock starts it, as EventBridge writes it.

    A rate counts from the last deployment, which makes all rules anew: what is rare has a time instead.
    """
    if job.at is None:
        minutes = int(job.cadence / timedelta(minutes=1))
        return f"rate({minutes} {'minute' if minutes == 1 else 'minutes'})"
    return f"cron({job.at.minute} {'*' if job.cadence == HOUR else job.at.hour} * * ? *)"


def is_early(job: Job, latest: Run | None, now: datetime) -> bool:
    """The clock told a second time what was done by then."""
    if latest is None or latest.trigger is not Trigger.CLOCK or latest.state is not RunState.DONE:
        return False
    return now - latest.started_at < job.cadence / 2


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
    return run.state is RunState.PLANNING and now - run.started_at < time_limit(run.job)


def was_interrupted(run: Run, now: datetime) -> bool:
    """Whoever planned it for the clock died. Of the sweep the next tick is near; others would wait for a day."""
    regular = any(known.name == run.job and not known.sweeps for known in JOBS)
    return regular and run.trigger is Trigger.CLOCK and run.state is RunState.PLANNING and not still_planning(run, now)


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
