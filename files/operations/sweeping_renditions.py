"""Small pictures whose time is over, where a rule of the shop ends them. The photo stays, and its dates as they are.

What is to go is noted on the row that is due; then the photo's row forgets it and is claimed, so that nobody makes or
signs what is being removed; then the bytes go, and that row last. Interrupted anywhere, a repeat finds what is left.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pynamodb.expressions.condition import Condition

from files import keys, queries, renditions, rules, storage
from files.models import FileRow, RenditionsRow, in_state, renditions_wait, unclaimed
from files.operations import claiming, keeping
from files.records import DatedRenditions, File
from files.renditions import Step
from imagestore.common import switches, table
from imagestore.common.batches import in_parallel
from imagestore.common.contracts import SliceReport
from imagestore.common.rows import Key
from imagestore.identity import queries as shops


class _Doomed(NamedTuple):
    """`file`: as it was claimed; None of one that is removed itself. `entries`: "name=version" of what goes.

    `unsure`: who made more and died may have left what no row names.
    """

    dated: DatedRenditions
    file: File | None
    entries: frozenset[str]
    unsure: bool = False


def sweep_renditions(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """Idempotent. One that fails does not stop the others."""
    report, paused = SliceReport(), switches.NOTHING if dry_run else switches.deletion()
    rows = paused.allows(table.batch_get(RenditionsRow, row_keys, DatedRenditions, consistent=True)).values()
    report.add("skipped", len(row_keys) - len(rows))
    files = queries.files_by_id([row.id for row in rows], consistent=True)
    held = keeping.held_customers(files.values())
    doomed: list[_Doomed] = []
    for row in rows:
        try:
            found = _take_further(row, files.get(row.id), held, report, dry_run=dry_run, now=now)
            if isinstance(found, _Doomed):
                doomed.append(found)
            else:
                report.did(found, _told(row))
        except Exception as error:
            _fail(row, f"{type(error).__name__}: {error}", report)
    _remove(doomed, report)
    return report


def _told(row: DatedRenditions) -> str:
    """Not the photo's own id, by which the same run may tell something else."""
    return f"{row.id}.renditions"


def _fail(row: DatedRenditions, cause: str, report: SliceReport) -> None:
    report.fail(_told(row), keys.renditions_row(row.id), cause)


def _take_further(
    row: DatedRenditions, file: File | None, held: keeping.Held, report: SliceReport, *, dry_run: bool, now: datetime
) -> Step | _Doomed:
    """What was done, or would be; what is to be done with many at once."""
    shop = shops.known_shop(row.shop)
    report.decided_by(shop)
    kept = file is not None and keeping.is_kept(file, queries.visit_of(file), held)
    step, later = renditions.next_step(row, file, shop.policy, now, kept=kept)
    if dry_run:
        return step
    if later is not None:
        return step if _move(row, later, now) else Step.WAIT
    if step == Step.UNSCHEDULE:
        return _Doomed(row, None, row.removing)
    return (_take_off(row, file, now) if step == Step.PURGE and file else None) or Step.WAIT


def _move(row: DatedRenditions, later: datetime, now: datetime) -> bool:
    actions = renditions_wait(later, now=now, shop=row.shop, id=row.id)
    return table.update(RenditionsRow, keys.renditions_row(row.id), actions, _as_found(row), DatedRenditions).won


def _as_found(row: DatedRenditions) -> Condition:
    """Whoever makes more dates them anew before."""
    condition: Condition = RenditionsRow.due_sort == row.due_sort
    return condition


def _take_off(row: DatedRenditions, file: File, now: datetime) -> _Doomed | None:
    """None when somebody makes more, or the photo changed hands or holders, since it was read."""
    new = file.renditions - row.removing
    note = [RenditionsRow.removing.add(set(new))]
    key = keys.renditions_row(row.id)
    if new and not table.update(RenditionsRow, key, note, _as_found(row), DatedRenditions).won:
        return None
    actions = [FileRow.renditions.remove(), FileRow.claimed_until.set(now + rules.CLAIM)]
    condition = in_state(*rules.READABLE) & unclaimed(now) & _as_read(file)
    won, claimed = table.update(FileRow, keys.file_row(file.id), actions, condition, File)
    return _Doomed(row, claimed, row.removing | new, unsure=bool(file.claimed_until)) if won else None


def _as_read(file: File) -> Condition:
    """A legal hold may have come meanwhile."""
    holders = FileRow.holders == set(file.holders) if file.holders else FileRow.holders.does_not_exist()
    made = FileRow.renditions == set(file.renditions) if file.renditions else FileRow.renditions.does_not_exist()
    condition: Condition = holders & made & (FileRow.owner == file.owner)
    return condition


def _remove(doomed: Sequence[_Doomed], report: SliceReport) -> None:
    """A claim whose bytes could not be removed stays: whoever purges the photo asks storage then what there is."""
    left = storage.remove_renditions_of({(one.dated.shop, one.dated.id): one.entries for one in doomed})
    for one, cause in zip(doomed, in_parallel(lambda one: _finish(one, left), doomed), strict=True):
        if cause:
            _fail(one.dated, cause, report)
        else:
            report.did(Step.PURGE if one.file else Step.UNSCHEDULE, _told(one.dated))


def _finish(one: _Doomed, left: set[str]) -> str:
    """Why it is not done; empty when it is."""
    if one.dated.id in left:
        return "storage did not delete the bytes"
    try:
        if one.unsure and one.file:
            storage.remove_renditions(one.file)
        table.delete(RenditionsRow, keys.renditions_row(one.dated.id), _as_found(one.dated))
        if one.file:
            claiming.let_go(one.file)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""
