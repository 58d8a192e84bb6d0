"""`manage.py approve_run ID --reason TEXT`"""

from typing import Any

from scheduler import operations, rules
from scheduler.management.reasoned import Decides


class Command(Decides):
    help = "Does what a run that awaits approval told of: removes it or, of a redate, changes the dates."

    def do(self, about: Any, **deed: Any) -> str:
        run = operations.approve_run(id=about, **deed)
        return f"Approved. {rules.if_approved(run.job)} Look at it: manage.py show_run {run.id}"
