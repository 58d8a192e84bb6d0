"""`manage.py resume_deletion [--shop SHOP] --reason TEXT`"""

from typing import Any

from imagestore.common import switches
from scheduler import operations
from scheduler.management.reasoned import Switches


class Command(Switches):
    help = "Lets the sweep delete again what is due."

    def do(self, about: Any, **deed: Any) -> str:
        what = f"Deletion of the shop {about}" if about else "Deletion of all shops"
        if not operations.resume_deletion(shop=about, **deed):
            return f"{what} is not paused: nothing was changed. What is: manage.py show_pauses"
        still = " All deletion is paused, that of this shop too." if about and switches.deletion().paused else ""
        return f"{what} is resumed.{still}"
