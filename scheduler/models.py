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
from scheduler.records import Checkpoint, Guard, Run, RunState, SliceState


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
    shop = UnicodeAttribute(null=True)
    follows = UnicodeAttribute(null=True)
    followed_by = UnicodeAttribute(null=True)


class SliceRow(Item):
    number = NumberAttribute()
    task = UnicodeAttribute()
    state = UnicodeAttribute()
    sent_at = InstantAttribute()
    done_at = InstantAttribute(null=True)
    payload = JSONAttribute(null=True)
    failures = JSONAttribute(null=True)
    items = JSONAttribute(null=True)
    plan = JSONAttribute(null=True)
    days = JSONAttribute(null=True)
    policies = JSONAttribute(null=True)


class JobRow(Item):
    run_id = UnicodeAttribute(null=True)
    holder = UnicodeAttribute(null=True)
    held_until = InstantAttribute(null=True)
    pause_noted_at = InstantAttribute(null=True)


class CheckpointRow(Item):
    version = NumberAttribute()
    first_empty = JSONAttribute()


class GuardRow(Item):
    """In `by_attention` while somebody is to decide."""

    shop = UnicodeAttribute()
    run_id = UnicodeAttribute(null=True)
    until = InstantAttribute(null=True)
    allowance = NumberAttribute(default=0)
    allowed_until = InstantAttribute(null=True)


class RemovedRow(Item):
    hour = InstantAttribute()
    items = NumberAttribute()


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
        planned=run.planned,
        shop=run.shop,
        follows=run.follows,
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
        plan=dict(payload) if run.is_survey else None,
    )


def take_job(holder: str, until: datetime, now: datetime) -> tuple[list[Action], Condition]:
    """Planning is for one at a time; whoever died while planning loses the job when its time is over."""
    actions: list[Action] = [JobRow.holder.set(holder), JobRow.held_until.set(until)]
    return actions, JobRow.holder.does_not_exist() | (JobRow.held_until <= now)


def free_job() -> list[Action]:
    return [JobRow.holder.remove(), JobRow.held_until.remove()]


def note_run(run: Run) -> Write:
    return _standing(run, JobRow.run_id.set(run.id))


def note_pause(run: Run, now: datetime) -> Write:
    """`run`: as which its planner holds the job."""
    return _standing(run, JobRow.pause_noted_at.set(now))


def _standing(run: Run, action: Action) -> Write:
    """Refused when the planner has lost the job to someone else."""
    return transaction.update(JobRow, keys.job(run.job, run.dry_run), [action], JobRow.holder == run.id)


def start_running(slices: int, planned: int, skipped: int, note: str | None = None) -> list[Action]:
    actions: list[Action] = [
        RunRow.state.set(RunState.RUNNING),
        # A slice that left some of its work for another may have added that already.
        RunRow.slices.add(slices),
        RunRow.planned.set(planned),
    ]
    actions += [_add_count("skipped", skipped)] if skipped else []
    return [*actions, RunRow.cause.set(note)] if note else actions


def close_run(state: RunState, now: datetime, cause: str | None = None) -> list[Action]:
    closing: list[Action] = [
        RunRow.state.set(state),
        RunRow.finished_at.set(now),
        RunRow.due_bucket.remove(),
        RunRow.due_sort.remove(),
    ]
    return [*closing, RunRow.cause.set(cause)] if cause else closing


def finish_slice(
    failures: Sequence[Failure],
    items: Sequence[Done],
    now: datetime,
    *,
    days: Mapping[str, int] | None = None,
    policies: Mapping[str, int] | None = None,
) -> list[Action]:
    actions: list[Action] = [
        SliceRow.state.set(SliceState.DONE),
        SliceRow.done_at.set(now),
        SliceRow.payload.remove(),
    ]
    actions += [SliceRow.items.set(items)] if items else []
    actions += [SliceRow.days.set(dict(days))] if days else []
    actions += [SliceRow.policies.set(dict(policies))] if policies else []
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


def guard_with(survey: Run, before: Guard | None, until: datetime) -> Write:
    """From now on a survey stands in the way. Refused when another one does by now."""
    seen = GuardRow.run_id == before.run_id if before and before.run_id else GuardRow.run_id.does_not_exist()
    actions = [
        GuardRow.shop.set(str(survey.shop)),
        GuardRow.run_id.set(survey.id),
        GuardRow.until.set(until),
        *guard_asks_no_more(),
    ]
    return transaction.update(GuardRow, keys.guard(str(survey.shop), survey.job), actions, seen)


def guard_asks(survey: Run) -> list[Action]:
    """Somebody is to decide."""
    return [GuardRow.attention_key.set(keys.GUARDS), GuardRow.attention_sort.set(f"{survey.shop}#{survey.id}")]


def guard_asks_no_more() -> list[Action]:
    return [GuardRow.attention_key.remove(), GuardRow.attention_sort.remove()]


def guard_follows(following: Run) -> list[Action]:
    return [GuardRow.run_id.set(following.id), *guard_asks_no_more()]


def guard_allows(shop: str, items: int, until: datetime) -> Write:
    actions = [GuardRow.shop.set(shop), GuardRow.allowance.set(items), GuardRow.allowed_until.set(until)]
    return transaction.update(GuardRow, keys.guard(shop, rules.SWEEP), actions, None)


def count_removed(items: int, hour: datetime, kept_until: datetime) -> list[Action]:
    return [
        RemovedRow.items.add(items),
        RemovedRow.hour.set(hour),
        RemovedRow.expires_at.set(int(kept_until.timestamp())),
    ]


def await_approval(why: str, now: datetime) -> list[Action]:
    """Its survey is over."""
    return close_run(RunState.AWAITING, now, why)


def decide_run(state: RunState, followed_by: str | None = None, why: str | None = None) -> list[Action]:
    """Of a survey that is over: what became of it, and by which run."""
    actions: list[Action] = [RunRow.state.set(state)]
    actions += [RunRow.followed_by.set(followed_by)] if followed_by else []
    return [*actions, RunRow.cause.set(why)] if why else actions


def _texts(hours: rules.Hours) -> dict[str, str | None]:
    return {hour.isoformat(): since.isoformat() if since else None for hour, since in hours.items()}


def _kept_until(started_at: datetime) -> int:
    return int((started_at + rules.KEPT_FOR).timestamp())
