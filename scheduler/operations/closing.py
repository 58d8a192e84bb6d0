"""Closing a run whose slices have all answered."""

from datetime import datetime

from imagestore.common import table
from scheduler import keys, models, rules
from scheduler.models import RunRow
from scheduler.records import Run, RunState


def close_if_complete(run: Run, now: datetime) -> Run:
    """Not a survey, about which is to be decided first."""
    if run.is_survey or run.state is not RunState.RUNNING or not rules.is_complete(run):
        return run
    complete = (RunRow.state == RunState.RUNNING) & (RunRow.slices_done >= RunRow.slices)
    done = models.close_run(RunState.DONE, max(now, run.progressed_at))
    return table.update(RunRow, keys.run(run.id), done, complete, Run).row or run
