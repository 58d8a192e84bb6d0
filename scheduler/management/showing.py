"""How commands show runs: with a bar on a terminal, in plain lines elsewhere."""

import time
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from imagestore.common import clock
from scheduler import queries, rules
from scheduler.records import Run

POLL_SECONDS = 0.5
MOST_DAYS, MOST_SHOPS = 60, 20


def follow(run: Run, out: Console) -> Run:
    """Waits until the run is finished, or nothing was reported for as long as its job has patience."""
    patience = rules.patience(run.job)
    with Progress(console=out, disable=not out.is_terminal) as progress:
        bar = progress.add_task(run.job, total=None)
        while run.is_open and clock.now() - run.progressed_at < patience:
            time.sleep(POLL_SECONDS)
            before, run = run, queries.run(run.id)
            progress.update(bar, completed=run.slices_done, total=run.slices or None)
            if not out.is_terminal and run.slices_done != before.slices_done:
                out.print(f"{run.slices_done} slices done")
    return run


def report(run: Run) -> Table:
    table = Table("", "", title=f"Run {run.id}", show_header=False, box=SIMPLE, title_justify="left")
    for name, value in _facts(run):
        table.add_row(name, value)
    found = queries.findings(run.id)
    for day, items in islice(found.days.items(), MOST_DAYS):
        table.add_row(f"due on {day}", f"{items:,}")
    for shop, revision in found.policies[:MOST_SHOPS]:
        table.add_row(f"policy of {shop}", f"revision {revision}")
    for failure in found.failures:
        table.add_row(f"failed {failure['id']}", failure["cause"])
    return table


def overview() -> Table:
    table = Table("run", "job", "state", "trigger", "started", "items", "failed", box=SIMPLE)
    table.columns[0].no_wrap = True
    for run in queries.recent_runs().items:
        state = f"{run.state} (dry)" if run.dry_run else str(run.state)
        numbers = (f"{run.planned:,}", f"{run.failures:,}")
        table.add_row(run.id, run.job, state, run.trigger, _instant(run.started_at), *numbers)
    return table


def awaiting() -> str | None:
    """What somebody is to decide about; None when there is nothing."""
    asked = ", ".join(f"{run.id} (shop {run.shop})" for run in queries.awaiting())
    return (
        f"Awaits approval: {asked}. Decide: manage.py approve_run ID --reason TEXT, or decline_run" if asked else None
    )


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def _facts(run: Run) -> Iterable[tuple[str, str]]:
    yield "job", f"{run.job}, dry run: nothing is touched" if run.dry_run else run.job
    for name in ("shop", "follows", "followed_by"):
        if told := getattr(run, name):
            yield name.replace("_", " "), told
    yield "state", f"{run.state}: {run.cause}" if run.cause else str(run.state)
    yield "started", f"{_instant(run.started_at)} by {run.trigger}"
    if run.finished_at:
        yield "finished", _instant(run.finished_at)
    if decided := queries.decision(run):
        yield "decided", f"{_instant(decided.at)} by {decided.actor}: {decided.reason}"
    yield "planned", f"{run.planned:,} {rules.unit(run.job)} in {run.slices:,} slices, {run.slices_done:,} done"
    for word, number in run.counts.items():
        yield word, f"{number:,}"
    yield "bytes removed", f"{run.bytes_removed:,}"
    yield "failures", f"{run.failures:,}"
