"""`manage.py decline_run ID --reason TEXT`"""

from typing import Any

from scheduler import operations, rules
from scheduler.management.reasoned import Decides


class Command(Decides):
    help = "Leaves as it is what a run that awaits approval told of."

    def do(self, about: Any, **deed: Any) -> str:
        run = operations.decline_run(id=about, **deed)
        return f"Declined. {rules.if_declined(run.job)}"
