"""Runs on the staff site, and the switch of all deletion."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path

from imagestore.common import switches
from imagestore.common.browse import Window
from imagestore.console.deeds import Deed
from imagestore.console.links import links, page
from imagestore.console.listing import Row, Source, listed
from imagestore.console.pages import RowAdmin
from imagestore.console.providers import Figure, Hit
from imagestore.console.site import site
from scheduler import operations, queries, records, rules
from scheduler.records import RunState

Run = listed(records.Run, Source(queries.find_run, {(): queries.leaf_of_runs}), app="scheduler", name="Run")
MOST_DAYS, MOST_SHOPS = 60, 20
PAUSE = Deed(
    name="pause-deletion",
    title="Pause all deletion",
    done="All deletion is paused.",
    role="operator",
    do=operations.pause_deletion,
    when=lambda _: not switches.deletion().paused,
)
RESUME = Deed(
    name="resume-deletion",
    title="Resume deletion",
    done="Deletion goes on by the rules.",
    role="operator",
    do=operations.resume_deletion,
    when=lambda _: switches.deletion().paused,
)


def _pause_shop(*, id: str, **deed: Any) -> None:
    operations.pause_deletion(shop=id, **deed)


def _resume_shop(*, id: str, **deed: Any) -> None:
    operations.resume_deletion(shop=id, **deed)


PAUSE_SHOP = Deed(
    name="pause-deletion",
    title="Pause deletion of this shop",
    done="Nothing of this shop is deleted until you resume it.",
    role="operator",
    do=_pause_shop,
    when=lambda shop: shop.id not in switches.deletion().shops,
)
RESUME_SHOP = Deed(
    name="resume-deletion",
    title="Resume deletion of this shop",
    done="Deletion of this shop goes on by its rules, unless all deletion is paused.",
    role="operator",
    do=_resume_shop,
    when=lambda shop: shop.id in switches.deletion().shops,
)
APPROVE = Deed(
    name="approve",
    title="Approve the removals",
    done=rules.if_approved(rules.SWEEP),
    role="operator",
    do=operations.approve_run,
    when=lambda run: run.state == RunState.AWAITING,
)
DECLINE = replace(
    APPROVE,
    name="decline",
    title="Decline the removals",
    done=rules.if_declined(rules.SWEEP),
    do=operations.decline_run,
)
OF_REDATE = (
    replace(APPROVE, title="Approve the change of dates", done=rules.if_approved(rules.REDATE)),
    replace(DECLINE, title="Decline the change of dates", done=rules.if_declined(rules.REDATE)),
)
RETRY = Deed(
    name="retry",
    title="Retry failed items",
    done="What failed is taken up again.",
    role="operator",
    do=operations.retry_failures,
    when=lambda run: run.failures > 0 and not run.is_open and rules.sweeps(run.job),
)


@admin.register(Run, site=site)
class RunAdmin(RowAdmin):
    list_display = ("id", "job", "state", "started_at", "took", "plan", "done", "failures", "bytes_removed")
    fields = (
        "job",
        "shop",
        "state",
        "cause",
        "trigger",
        "dry_run",
        "follows",
        "followed_by",
        "started_at",
        "took",
        "plan",
        "done",
        "slices",
        "slices_done",
        "failures",
        "bytes_removed",
    )

    @admin.display(description="Took")
    def took(self, row: Row) -> str:
        return str(row.record.took).partition(".")[0]

    @admin.display(description="Planned")
    def plan(self, row: Row) -> str:
        return f"{row.record.planned} {rules.unit(row.record.job)}"

    @admin.display(description="Done")
    def done(self, row: Row) -> int:
        done: int = row.record.done
        return done

    def deeds_for(self, row: Row) -> Sequence[Deed]:
        return OF_REDATE if row.record.job == rules.REDATE else (APPROVE, DECLINE, RETRY)

    def page_of(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        found = queries.findings(row.pk)
        counts = [(word, str(number)) for word, number in row.record.counts.items()]
        days = [(f"Due on {day}", str(number)) for day, number in islice(found.days.items(), MOST_DAYS)]
        policies = [(f"Policy of {shop}", f"revision {revision}") for shop, revision in found.policies[:MOST_SHOPS]]
        facts = (
            _decision(row.record)
            + counts
            + days
            + policies
            + [(f"Failed: {failure['id']}", failure["cause"]) for failure in found.failures]
        )
        listed = f"{rules.listed(row.record.job)}, as a table (TSV); {row.record.done} in all"
        whole = [(self.url_of(row.pk, "items"), listed)]
        others = [(page("scheduler.run", id), words) for id, words in _related(row.record) if id]
        return {**super().page_of(request, row), "facts": facts, "links": links([*whole, *others])}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.items_view)
        return [path("<path:object_id>/items.tsv", view, name="scheduler_run_items"), *super().get_urls()]

    def items_view(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        """Each item with what was done with it, or would be, and its bytes; as the slices are read."""
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_permission(request, row):
            raise PermissionDenied
        lines = ("\t".join(map(str, item)) + "\n" for item in queries.items(row.pk))
        named = {"Content-Disposition": f'attachment; filename="run-{row.pk}.tsv"'}
        whole = chain(["id\tdone\tbytes\n"], lines)
        return StreamingHttpResponse(whole, content_type="text/tab-separated-values; charset=utf-8", headers=named)


def _decision(run: records.Run) -> list[tuple[str, str]]:
    decided = queries.decision(run)
    return [("Decided", f"by {decided.actor}, {decided.at:%Y-%m-%d %H:%M} UTC: {decided.reason}")] if decided else []


def _related(run: records.Run) -> list[tuple[str | None, str]]:
    return [(run.follows, "The survey that it follows"), (run.followed_by, "The run that follows it")]


def find(text: str) -> list[Hit]:
    run = queries.find_run(text.upper())
    return [Hit("scheduler.run", run.id, f"Run of {run.job}, {run.state}")] if run else []


def figures(now: datetime) -> list[Figure]:
    """The latest runs, oldest first, by what they had planned; and of each job what failed in its latest."""
    runs = queries.leaf_of_runs(Window(limit=24)).items
    if not runs:
        return [Figure("Runs", "none yet")]
    awaiting = queries.awaiting()
    asked = ", ".join(f"{run.id} of {run.shop}" for run in awaiting[:3]) or "nothing waits for a person"
    removed = sum(run.bytes_removed for run in runs)
    failed = sum(run.failures for run in runs)
    points = tuple((f"{run.started_at:%d %b %H:%M} {run.state}", run.planned) for run in reversed(runs))
    return [
        Figure("Runs", str(runs[0].state), f"the latest; items planned by the last {len(runs)}", points),
        Figure("Await approval", str(len(awaiting)), asked, alarming=bool(awaiting)),
        Figure("Removed by them", filesizeformat(removed), f"{failed} items failed", alarming=failed > 0),
        _jobs(),
    ]


def _jobs() -> Figure:
    latest = queries.latest_runs(job.name for job in rules.JOBS)
    unwell = [run.job for run in latest if run.failures or run.state is records.RunState.FAILED]
    points = tuple((f"{run.job}, {run.state} {run.started_at:%d %b %H:%M}", run.failures) for run in latest)
    note = "what failed in the latest run of each"
    return Figure("Jobs", ", ".join(unwell) or "all well", note, points, alarming=bool(unwell))
