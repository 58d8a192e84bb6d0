"""`manage.py pause_deletion [--shop SHOP] --reason TEXT`"""

from typing import Any

from scheduler import operations
from scheduler.management.reasoned import Switches


class Command(Switches):
    help = "Pauses all deletion by the sweep, at once and until resume_deletion. Dry runs still work."

    def do(self, about: Any, **deed: Any) -> str:
        operations.pause_deletion(shop=about, **deed)
        return f"Deletion of the shop {about} is paused." if about else "Deletion is paused."
