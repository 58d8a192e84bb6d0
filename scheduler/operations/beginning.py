"""How every run begins, whoever starts it."""

from dataclasses import replace
from datetime import datetime

from imagestore.common import ids
from scheduler.records import Run, RunState, Trigger


def new_run(
    *,
    job: str,
    trigger: Trigger,
    now: datetime,
    dry_run: bool = False,
    shop: str | None = None,
    id: str | None = None,
) -> Run:
    """`id`: as whoever planned it minted it."""
    return Run(
        id=id or ids.new_id(now),
        job=job,
        trigger=trigger,
        state=RunState.PLANNING,
        dry_run=dry_run,
        started_at=now,
        progressed_at=now,
        shop=shop,
    )


def following_run(survey: Run, trigger: Trigger, now: datetime) -> Run:
    """What does for good what a survey looked at: the same items in the same slices."""
    run = new_run(job=survey.job, trigger=trigger, now=now, shop=survey.shop)
    return replace(run, follows=survey.id, planned=survey.planned)
