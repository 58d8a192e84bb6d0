"""Runs on the staff site, and the switch of all deletion."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from imagestore.common import switches
from imagestore.common.browse import Window
from imagestore.console.deeds import Deed
from imagestore.console.listing import Row, Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Figure, Hit
from imagestore.console.site import site
from scheduler import operations, queries, records

Run = listed(records.Run, Source(queries.find_run, {(): queries.leaf_of_runs}), app="scheduler", name="Run")
PAUSE = Deed(
    name="pause-deletion",
    title="Pause all deletion",
    done="All deletion is paused.",
    role="operator",
    do=operations.pause_deletion,
    when=lambda _: not switches.deletion_paused(),
)
RESUME = Deed(
    name="resume-deletion",
    title="Resume deletion",
    done="Deletion goes on by the rules.",
    role="operator",
    do=operations.resume_deletion,
    when=lambda _: switches.deletion_paused(),
)
RETRY = Deed(
    name="retry",
    title="Retry failed items",
    done="What failed is taken up again.",
    role="operator",
    do=operations.retry_failures,
    when=lambda run: run.failures > 0 and not run.is_open,
)


@admin.register(Run, site=site)
class RunAdmin(RowAdmin):
    list_display = ("id", "job", "state", "started_at", "took", "planned", "done", "failures", "bytes_removed")
    fields = (
        "job",
        "state",
        "trigger",
        "dry_run",
        "started_at",
        "took",
        "planned",
        "done",
        "slices",
        "slices_done",
        "failures",
        "bytes_removed",
        "cause",
    )
    deeds = (RETRY,)

    @admin.display(description="Took")
    def took(self, row: Row) -> str:
        return str(row.record.took).partition(".")[0]

    @admin.display(description="Done")
    def done(self, row: Row) -> int:
        done: int = row.record.done
        return done

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        failed = queries.failures(row.pk) if row.record.failures else []
        counts = [(word, str(number)) for word, number in row.record.counts.items()]
        facts = counts + [(f"Failed: {failure['id']}", failure["cause"]) for failure in failed]
        return {**super().page_of(request, row), "facts": facts}


def find(text: str) -> list[Hit]:
    run = queries.find_run(text.upper())
    return [Hit("scheduler.run", run.id, f"Run of {run.job}, {run.state}")] if run else []


def figures(now: datetime) -> list[Figure]:
    """The latest runs, oldest first, by what they had planned."""
    runs = queries.leaf_of_runs(Window(limit=24)).items
    if not runs:
        return [Figure("Runs", "none yet")]
    removed = sum(run.bytes_removed for run in runs)
    failed = sum(run.failures for run in runs)
    points = tuple((f"{run.started_at:%d %b %H:%M} {run.state}", run.planned) for run in reversed(runs))
    return [
        Figure("Runs", str(runs[0].state), f"the latest; items planned by the last {len(runs)}", points),
        Figure("Removed by them", filesizeformat(removed), f"{failed} items failed", alarming=failed > 0),
    ]
