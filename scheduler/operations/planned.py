"""Runs that no tick of the clock keeps going: the sweep does.

Those that another domain planned are recorded here, slice by slice; of a job that starts once a day, the next tick is
far. Such a run is due while it is open, so that a slice whose message was lost is sent again, and one that died is
given up.
"""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common import table, tasks
from imagestore.common.contracts import RUN_JOB, PlannedRun, SliceReport
from imagestore.common.rows import Key
from scheduler import keys, models, queries, rules
from scheduler.models import RunRow
from scheduler.operations.beginning import new_run
from scheduler.operations.guarding import record_survey
from scheduler.operations.progress import finish_if_complete, keep_going
from scheduler.operations.sending import send_parts, set_running
from scheduler.records import Run, Trigger


def start_slices(*, plan: PlannedRun, now: datetime) -> Run:
    """Records the run and sends its slices. Told twice, or interrupted and told again, it sends each once."""
    run = _planned_run(plan, now)
    parts = ((part.get("task", plan.task), part) for part in plan.parts)
    slices, items = send_parts(run, parts, first=plan.first)
    return finish_if_complete(set_running(run, slices, plan.items_before + items), now) if plan.last else run


def _planned_run(plan: PlannedRun, now: datetime) -> Run:
    """As it is recorded. A survey takes the place of one of the same job that nobody decided about."""
    about = plan.shop if plan.survey else None
    run = new_run(job=plan.job, trigger=Trigger.CALL, now=now, dry_run=plan.survey, shop=about, id=plan.run_id)
    if not plan.survey:
        table.put_new(models.watched_run_row(run, plan.shop, now + rules.RESEND_AFTER))
        return run
    while not record_survey(run, queries.guard_of(plan.shop, plan.job)):
        if queries.find_run(run.id):
            break
    return run


def sweep_slice(*, row_keys: Sequence[Key], dry_run: bool, now: datetime) -> SliceReport:
    """Looks after open runs that are due."""
    report = SliceReport()
    runs = table.batch_get(RunRow, row_keys, Run, consistent=True)
    report.add("skipped", len(row_keys) - len(runs))
    for run in runs.values():
        if dry_run or not run.is_open or not run.due_sort:
            report.did("skipped", run.id)
        else:
            report.did(_look_after(run, run.due_sort, now), run.id)
    return report


def _look_after(run: Run, due_sort: str, now: datetime) -> str:
    if rules.was_interrupted(run, now):
        # Before it is closed: should whoever looks after it die, too, the next one comes by here.
        tasks.send(RUN_JOB, name=run.job)
    if not rules.still_planning(run, now) and keep_going(run.id, now) is None:
        return "closed"
    shop, as_found = models.shop_of(due_sort), RunRow.due_sort == due_sort
    later = models.run_waits_until(now + rules.RESEND_AFTER, now=now, shop=shop, id=run.id)
    return "helped" if table.update(RunRow, keys.run(run.id), later, as_found, Run).won else "skipped"
