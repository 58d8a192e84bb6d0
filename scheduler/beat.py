"""The schedule of Celery beat, from the table of jobs."""

from datetime import timedelta
from typing import Any

from celery.schedules import crontab
from django.conf import settings

from imagestore.common import contracts
from scheduler import rules
from scheduler.records import Job


def schedule() -> dict[str, dict[str, Any]]:
    """A start that waited for longer than the next one is dropped by the worker, and one that hangs is stopped."""
    return {job.name: _entry(job, local=settings.IMAGESTORE_DEVELOPMENT) for job in rules.JOBS}


def _entry(job: Job, *, local: bool) -> dict[str, Any]:
    every = job.local_cadence if local else job.cadence
    return {
        "task": contracts.RUN_JOB,
        "schedule": every if local else _when(job),
        "kwargs": {"name": job.name},
        "options": {
            "queue": job.queue,
            "expires": every.total_seconds(),
            "time_limit": job.time_limit.total_seconds(),
        },
    }


def _when(job: Job) -> timedelta | crontab:
    """An interval counts from when beat began; what is rare has a time, so that restarts cannot put it off."""
    if job.at is None:
        return job.cadence
    return crontab(minute=str(job.at.minute), hour="*" if job.cadence == rules.HOUR else str(job.at.hour))
