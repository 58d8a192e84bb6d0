"""The verbs of the scheduler: runs started, kept going, recorded and decided about; pausing deletion."""

from scheduler.operations.dead_letters import count_dead_letters
from scheduler.operations.deciding import approve_run, decline_run
from scheduler.operations.folding import fold_statistics
from scheduler.operations.planned import start_slices, sweep_slice
from scheduler.operations.postponing import postpone_slice
from scheduler.operations.progress import record_slice
from scheduler.operations.starting import retry_failures, start_run
from scheduler.operations.switching import pause_deletion, resume_deletion

__all__ = [
    "approve_run",
    "count_dead_letters",
    "decline_run",
    "fold_statistics",
    "pause_deletion",
    "postpone_slice",
    "record_slice",
    "resume_deletion",
    "retry_failures",
    "start_run",
    "start_slices",
    "sweep_slice",
]
