"""The schedule of Celery beat, from the table of jobs."""

from typing import Any

from django.conf import settings

from imagestore.common import contracts, queues
from scheduler import rules


def schedule() -> dict[str, dict[str, Any]]:
    """A start that waited for longer than the next one is dropped by the worker."""
    entries: dict[str, dict[str, Any]] = {}
    for job in rules.JOBS:
        every = job.local_cadence if settings.IMAGESTORE_DEVELOPMENT else job.cadence
        entries[job.name] = {
            "task": contracts.RUN_JOB,
            "schedule": every,
            "kwargs": {"name": job.name},
            "options": {"queue": queues.of_task(contracts.RUN_JOB), "expires": every.total_seconds()},
        }
    return entries
