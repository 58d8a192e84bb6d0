"""What is known of runs, and what is due."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from imagestore.audit import queries as audit
from imagestore.audit.records import AuditEntry
from imagestore.common import browse, due, switches, table
from imagestore.common.batches import PARALLEL, chunks, in_parallel
from imagestore.common.browse import Leaf, Window
from imagestore.common.contracts import NOTHING_DONE, Done, Failure
from imagestore.common.merging import side_by_side, sorted_by_key
from imagestore.common.table import IndexEntry, Page
from scheduler import keys
from scheduler.errors import RunUnknown
from scheduler.models import CheckpointRow, GuardRow, JobRow, RemovedRow, RunRow, SliceRow
from scheduler.records import Checkpoint, Findings, Guard, JobStanding, Pause, Removed, Run, RunState, Slice, SliceState

DUE_PAGE = 1_000
GUARDED_HOURS = 25
MOST_FAILURES = 50
DECISIONS = ("run.approved", "run.declined")


def run(run_id: str) -> Run:
    found = find_run(run_id)
    if found is None:
        raise RunUnknown(f"There is no run {run_id}.")
    return found


def find_run(run_id: str) -> Run | None:
    return table.get(RunRow, keys.run(run_id), Run, consistent=True)


def recent_runs(*, limit: int = 50, start: dict[str, str] | None = None) -> Page[Run]:
    """Newest first."""
    page = table.query_index("by_attention", keys.RECENT_RUNS, limit=limit, start=start, descending=True)
    rows = table.batch_get(RunRow, (entry.key for entry in page.items), Run)
    return Page([rows[entry.key] for entry in page.items if entry.key in rows], page.next)


def latest_runs(jobs: Iterable[str]) -> list[Run]:
    """Of each job that was ever run, in the order of their names. Two batch reads."""
    standings = table.batch_get(JobRow, [keys.job(name, dry_run=False) for name in jobs], JobStanding)
    ids = [standing.run_id for standing in standings.values() if standing.run_id]
    return sorted(table.batch_get(RunRow, map(keys.run, ids), Run).values(), key=lambda run: run.job)


def leaf_of_runs(window: Window) -> Leaf[Run]:
    """Newest first."""
    return browse.leaf(RunRow, Run, "by_attention", [keys.RECENT_RUNS], window)


def decision(run: Run) -> AuditEntry | None:
    """Who decided about a survey, when and why; None while nobody did."""
    if run.state not in (RunState.APPROVED, RunState.DECLINED):
        return None
    return next((entry for entry in audit.history(f"run:{run.id}").items if entry.action in DECISIONS), None)


def pauses() -> list[Pause]:
    """Of all shops first. A history is read for each, as far as it was paused."""
    paused = switches.deletion()
    wanted: list[str | None] = [*([None] if paused.paused else []), *sorted(paused.shops)]
    return [Pause(shop, _paused_by(shop)) for shop in wanted]


def _paused_by(shop: str | None) -> AuditEntry | None:
    start: dict[str, str] | None = None
    while True:
        page = audit.history(keys.switched(shop), start=start)
        if found := next((entry for entry in page.items if entry.action == keys.PAUSED), None):
            return found
        start = page.next
        if start is None:
            return None


def job_standing(name: str, *, dry_run: bool = False) -> JobStanding:
    return table.get(JobRow, keys.job(name, dry_run), JobStanding, consistent=True) or JobStanding()


def find_slice(run_id: str, number: int) -> Slice | None:
    return table.get(SliceRow, keys.slice_row(run_id, number), Slice, consistent=True)


def unfinished_slices(run_id: str) -> Iterator[Slice]:
    return (part for part in _slices(run_id) if part.state is SliceState.SENT)


def failed_items(run_id: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Task and key of every item that failed in a run. Failures of before keys were noted are left out."""
    for part in _slices(run_id):
        for failure in part.failures:
            if "key" in failure:
                pk, sk = failure["key"]
                yield part.task, (pk, sk)


def items(run_id: str) -> Iterator[Done]:
    """What a run did, or would do, one by one, as far as its slices have answered."""
    for part in _slices(run_id):
        yield from part.items


def differences(before: Run, after: Run) -> Iterator[tuple[str, str, str]]:
    """Items that were done otherwise: id, what the first run did, what the second; empty where one did not meet it.

    After a dry run: what changed until it was done. What the clock's own runs did meanwhile is reckoned to the second.
    Memory does not grow with the runs.
    """
    done = ((id, f"{order:06d} {word}") for order, id, word in _done_by(_until(before, after)))
    with sorted_by_key(_by_id(before.id)) as first, sorted_by_key(done) as second:
        for pair in side_by_side(first, _last_words(second)):
            if pair.left != pair.right:
                yield pair.key, pair.left or "", pair.right or ""


def _until(before: Run, after: Run) -> list[str]:
    """The run `after`, and those of its job that came since the dry run `before`, in their order."""
    found = [after.id]
    start: dict[str, str] | None = None
    while before.dry_run:
        page = recent_runs(start=start)
        between = [run for run in page.items if before.started_at < run.started_at < after.started_at]
        found += [run.id for run in between if run.job == after.job and not run.dry_run]
        start = page.next
        if start is None or page.items[-1].started_at < before.started_at:
            break
    return found[::-1]


def _done_by(run_ids: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """What was left is told where nobody did more."""
    for order, run_id in enumerate(run_ids, start=1):
        yield from ((0 if word in NOTHING_DONE else order, id, word) for id, word, _ in items(run_id))


def _last_words(found: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Of several runs that met an item the last one's."""
    for id, told in groupby(found, key=lambda entry: entry[0]):
        *_, (_, last) = told
        yield id, last.partition(" ")[2]


def _by_id(run_id: str) -> Iterator[tuple[str, str]]:
    return ((id, word) for id, word, _ in items(run_id))


def findings(run_id: str) -> Findings:
    """Reads each slice once."""
    days, policies, failures = Counter[str](), set[tuple[str, int]](), list[Failure]()
    for part in _slices(run_id):
        days.update(part.days)
        policies.update(part.policies.items())
        failures += part.failures[: MOST_FAILURES - len(failures)]
    return Findings(dict(sorted(days.items())), sorted(policies), failures)


def _slices(run_id: str) -> Iterator[Slice]:
    start: dict[str, str] | None = None
    while True:
        page = table.query(SliceRow, keys.slices_of(run_id), Slice, keys.SLICES, start=start, consistent=True)
        yield from page.items
        start = page.next
        if start is None:
            return


def plans_of(survey_id: str) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """Number, task and what it was told, of each slice of a survey."""
    return ((part.number, part.task, part.plan) for part in _slices(survey_id))


def guard_of(shop: str, job: str) -> Guard | None:
    return table.get(GuardRow, keys.guard(shop, job), Guard, consistent=True)


def removed_since(shop: str, since: datetime) -> int:
    """Items that were planned for removal of a shop in that hour and after."""
    page = table.query(
        RemovedRow, keys.removed_in(shop, since).pk, Removed, keys.REMOVED, descending=True, limit=GUARDED_HOURS
    )
    return sum(row.items for row in page.items if row.hour >= since)


def awaiting() -> list[Run]:
    """Surveys about which somebody is to decide, of at most 100 shops."""
    page = table.query_index("by_attention", keys.GUARDS, limit=100)
    ids = (entry.sort.rpartition("#")[2] for entry in page.items)
    return list(table.batch_get(RunRow, map(keys.run, ids), Run).values())


def checkpoint() -> Checkpoint | None:
    return table.get(CheckpointRow, keys.CHECKPOINT, Checkpoint, consistent=True)


def due_entries(hours: Iterable[datetime], *, shards: int, now: datetime) -> Iterator[tuple[datetime, IndexEntry]]:
    """What is due at `now`, with the hour that it was found in, in the order of the hours.

    Holds at most the first pages of 16 buckets, however much is due.
    """
    until = due.sort_until(now)
    places = ((hour, due.bucket(hour, shard)) for hour in hours for shard in range(shards))
    for window in chunks(places, PARALLEL):
        pages = in_parallel(lambda place: _due_page(place[1], until), window)
        for (hour, bucket), page in zip(window, pages, strict=True):
            for entry in _with_following(page, bucket, until):
                yield hour, entry


def _with_following(page: Page[IndexEntry], bucket: str, until: str) -> Iterator[IndexEntry]:
    yield from page.items
    while page.next is not None:
        page = _due_page(bucket, until, page.next)
        yield from page.items


def _due_page(bucket: str, until: str, start: dict[str, str] | None = None) -> Page[IndexEntry]:
    return table.query_index("by_due", bucket, high=until, limit=DUE_PAGE, start=start)
