"""`manage.py resume_deletion [--shop SHOP] --reason TEXT`"""

from typing import Any

from scheduler import operations
from scheduler.management.reasoned import Switches


class Command(Switches):
    help = "Lets the sweep delete again what is due."

    def do(self, about: Any, **deed: Any) -> str:
        operations.resume_deletion(shop=about, **deed)
        return f"Deletion of the shop {about} is resumed." if about else "Deletion is resumed."
