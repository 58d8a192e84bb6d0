"""The verbs of the scheduler: starting runs, keeping them going, recording what their slices did; pausing deletion."""

from scheduler.operations.planned import start_slices, sweep_slice
from scheduler.operations.progress import record_slice
from scheduler.operations.starting import retry_failures, start_run
from scheduler.operations.switching import pause_deletion, resume_deletion

__all__ = [
    "pause_deletion",
    "record_slice",
    "resume_deletion",
    "retry_failures",
    "start_run",
    "start_slices",
    "sweep_slice",
]
