"""The nouns of the scheduler."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from imagestore.audit.records import AuditEntry
from imagestore.common import contracts
from imagestore.common.contracts import Failure


class Trigger(StrEnum):
    """`call`: somebody's call of the API was more than could be done while they wait."""

    CLOCK = "clock"
    COMMAND = "command"
    STAFF = "staff"
    CALL = "call"


class RunState(StrEnum):
    """`paused`: deletion was paused, so nothing was planned. `failed`: given up; the next run takes over.

    `awaiting approval`: a survey found that more would go than may without; then it is `approved` or `declined`.
    """

    PLANNING = "planning"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    PAUSED = "paused"
    AWAITING = "awaiting approval"
    APPROVED = "approved"
    DECLINED = "declined"


class SliceState(StrEnum):
    SENT = "sent"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Job:
    """`cadence`: between two starts by the clock, `local_cadence` in development. `at`: when (UTC) it starts each day;
    of a job of every hour its minute counts.

    `queue`: whose workers start it. `time_limit`: whoever plans it is stopped by then, and so long nobody else does.
    `patience`: how long a run may stand still before it is given up. `sweeps`: it works on what is due, item by item:
    it waits while deletion is paused, and what failed can be retried. `has_dry_run`: it can tell what it would do.
    """

    name: str
    cadence: timedelta
    local_cadence: timedelta
    patience: timedelta
    time_limit: timedelta = timedelta(minutes=5)
    queue: str = "scheduler-tasks"
    at: time | None = None
    sweeps: bool = False
    has_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One recorded execution of a job: `planned` items went out in `slices`. `tally`: `counts` on wire.

    `shop`: of a survey, a dry run of what is due of one shop, and of the run that `follows` it and does the same.
    """

    id: str
    job: str
    trigger: Trigger
    state: RunState
    dry_run: bool
    started_at: datetime
    progressed_at: datetime
    finished_at: datetime | None = None
    planned: int = 0
    slices: int = 0
    slices_done: int = 0
    bytes_removed: int = 0
    failures: int = 0
    cause: str | None = None
    tally: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    due_sort: str | None = None
    shop: str | None = None
    follows: str | None = None
    followed_by: str | None = None

    @property
    def is_survey(self) -> bool:
        return self.dry_run and self.shop is not None

    @property
    def removals(self) -> int:
        """Items that went into the trash or for good; of a dry run: that would."""
        return sum(self.counts.get(word, 0) for word in contracts.REMOVALS)

    @property
    def finds_work(self) -> bool:
        return any(number for word, number in self.counts.items() if word not in contracts.NOTHING_DONE)

    @property
    def counts(self) -> dict[str, int]:
        """Items by what was done with them (trashed, purged, …); in a dry run what would be done."""
        return {word: int(cell["N"]) for word, cell in sorted(self.tally.items())}

    @property
    def done(self) -> int:
        """Items that slices have answered for, whatever became of them."""
        return sum(self.counts.values())

    @property
    def took(self) -> timedelta:
        """From its start to its end, or to the latest that was heard of it."""
        return (self.finished_at or self.progressed_at) - self.started_at

    @property
    def is_open(self) -> bool:
        return self.state in (RunState.PLANNING, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a run. `payload` is kept until it is done, so that a lost message can be sent again; `plan`, of a
    survey, beyond that: the run that follows is told the same. `days`:
    how many items will be due on each. `policies`: by which revision of each shop was decided.
    """

    number: int
    task: str
    state: SliceState
    sent_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    items: list[tuple[str, str, int]] = field(default_factory=list)
    plan: Mapping[str, Any] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    policies: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the slices of a run told. `days`: how many of the items that it dated, or would date, are due on each; in
    order. `policies`: shop and revision, for each by whose policy it decided; more than one where that was changed
    meanwhile. `failures`: a sample.
    """

    days: Mapping[str, int] = field(default_factory=dict)
    policies: Sequence[tuple[str, int]] = ()
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, slots=True)
class JobStanding:
    """The latest run of a job and who is planning the next one until when."""

    run_id: str | None = None
    holder: str | None = None
    held_until: datetime | None = None
    pause_noted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The hours whose dues are still to be read; `first_empty`: since when each reads empty (RFC 3339)."""

    version: int
    first_empty: Mapping[str, str | None]

    @property
    def hours(self) -> dict[datetime, datetime | None]:
        return {
            datetime.fromisoformat(hour): datetime.fromisoformat(since) if since else None
            for hour, since in self.first_empty.items()
        }


@dataclass(frozen=True, slots=True)
class Guard:
    """What stands in the way of removals of a shop: a survey under way, or one that waits for a person, or the run
    that follows it. Until `until` nothing else is asked. `allowance`: removals approved beyond the policy's, until
    `allowed_until`.
    """

    shop: str
    run_id: str | None = None
    until: datetime | None = None
    allowance: int = 0
    allowed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Of which shop deletion is paused; None: of all. `entry`: who did it, when and why."""

    shop: str | None
    entry: AuditEntry | None


@dataclass(frozen=True, slots=True)
class Removed:
    """How many items of a shop were planned for removal in an hour."""

    hour: datetime
    items: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where any row waits for the sweep."""

    due_sort: str | None = None
