"""What slices did, and helping along a run that stands still."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from imagestore.common import contracts, statistics, table, tasks, transaction
from imagestore.common.transaction import TransactionLost, Write
from scheduler import keys, models, queries, rules
from scheduler.errors import SliceUnknown
from scheduler.models import RunRow, SliceRow
from scheduler.operations.closing import close_if_complete
from scheduler.operations.continuing import rest_of
from scheduler.operations.deciding import decide
from scheduler.operations.sending import send_following
from scheduler.records import Run, RunState, Slice, SliceState


def record_slice(
    *,
    run_id: str,
    slice_number: int,
    counts: Mapping[str, int],
    bytes_removed: int,
    failures: Sequence[contracts.Failure],
    now: datetime,
    items: Sequence[contracts.Done] = (),
    days: Mapping[str, int] | None = None,
    by_shop: Mapping[str, Mapping[str, int]] | None = None,
    policies: Mapping[str, int] | None = None,
    left: Mapping[str, Any] | None = None,
) -> bool:
    """Adds what a slice did to its run, once however often it is told; the last one finishes the run.

    False: it had been recorded before. A run that was given up still gathers what was really done.
    `by_shop` is added to the statistics; what was `left` becomes one more slice.
    """
    part = transaction.update(
        SliceRow,
        keys.slice_row(run_id, slice_number),
        models.finish_slice(failures, items, now, days=days, policies=policies),
        SliceRow.state == SliceState.SENT,
    )
    rest = rest_of(run_id, slice_number, left, now) if left else None
    totals = models.add_totals(counts, bytes_removed, len(failures), now)
    more = [RunRow.slices.add(1)] if rest else []
    whole = transaction.update(RunRow, keys.run(run_id), [*totals, *more], RunRow.pk.exists())
    recorded = _recorded([part, whole, *([rest.write] if rest else [])], run_id, slice_number)
    if recorded and rest:
        tasks.send(rest.task, **rest.payload)
    for shop, counted in (by_shop or {}).items() if recorded else ():
        statistics.add(shop, counted, now)
    finish_if_complete(queries.run(run_id), now)
    return recorded


def _recorded(writes: Sequence[Write], run_id: str, slice_number: int) -> bool:
    try:
        transaction.commit(writes)
    except TransactionLost:
        if queries.find_slice(run_id, slice_number) is None:
            raise SliceUnknown(f"The run {run_id} has no slice {slice_number}.") from None
        return False
    return True


def keep_going(run_id: str, now: datetime) -> Run | None:
    """The latest run if it is still under way, helped along; None when the next one may be planned.

    What a run that is given up left undone is still due: the next one plans it.
    """
    run = queries.find_run(run_id)
    if run is None or not finish_if_complete(run, now).is_open:
        return None
    if run.follows and run.state is RunState.PLANNING:
        return send_following(run)
    if cause := rules.hopeless(run, now):
        closing = models.close_run(RunState.FAILED, now, cause)
        table.update(RunRow, keys.run(run.id), closing, RunRow.state == run.state, Run)
        return None
    if rules.stands_still(run, now):
        _send_again(run, now)
    return run


def _send_again(run: Run, now: datetime) -> None:
    for part in queries.unfinished_slices(run.id):
        if now - part.sent_at < rules.RESEND_AFTER:
            continue
        sent = [SliceRow.sent_at.set(now)]
        key = keys.slice_row(run.id, part.number)
        if table.update(SliceRow, key, sent, SliceRow.state == SliceState.SENT, Slice).won:
            tasks.send(part.task, **part.payload)


def finish_if_complete(run: Run, now: datetime) -> Run:
    """Closes it when all slices have answered; what a survey found is decided then."""
    if run.is_survey and run.state is RunState.RUNNING and rules.is_complete(run):
        return decide(run, max(now, run.progressed_at))
    return close_if_complete(run, now)
