"""What can go wrong with jobs and runs."""

from imagestore.common.errors import Conflict, NotFound


class JobUnknown(NotFound):
    code, title = "job-unknown", "There is no such job"


class JobBusy(Conflict):
    code, title = "job-busy", "The job is being started by someone else"


class RunUnknown(NotFound):
    code, title = "run-unknown", "There is no such run"


class NothingFailed(Conflict):
    code, title = "nothing-failed", "Nothing failed in the run"


class NoRetry(Conflict):
    code, title = "no-retry", "Items of such a run are not retried"


class NoDryRun(Conflict):
    code, title = "no-dry-run", "The job has no dry run"


class SliceUnknown(NotFound):
    code, title = "slice-unknown", "The run has no such slice"


class NothingToDecide(Conflict):
    code, title = "nothing-to-decide", "The run awaits no approval"
