"""`manage.py pause_deletion [--shop SHOP] --reason TEXT`"""

from typing import Any

from scheduler import operations
from scheduler.management.reasoned import Switches


class Command(Switches):
    help = "Pauses all deletion by the sweep, at once and until resume_deletion. Dry runs still work."

    def do(self, about: Any, **deed: Any) -> str:
        what = f"Deletion of the shop {about}" if about else "Deletion"
        if operations.pause_deletion(shop=about, **deed):
            return f"{what} is paused."
        return f"{what} is paused already; nothing was changed. Since when and why: manage.py show_pauses"
