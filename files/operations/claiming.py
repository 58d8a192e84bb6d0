"""Claims: who works with a file's bytes says so on the row first, with the moment at which the claim ends by itself.

So the same work is not done twice side by side, and a purge knows that renditions may still come: it takes what is
there, but the file becomes `gone` only when no claim is left.
"""

from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition

from files import keys, rules, storage
from files.models import FileRow, claimed_by, in_state, unclaimed
from files.operations.dating_renditions import date_before_making
from files.records import File
from imagestore.common import table

MARGIN = timedelta(minutes=1)
"""An upload may take so long, and clocks may differ."""


class ClaimOver(Exception):
    """The work took so long that somebody else may have begun it, or removed the file."""


def claim(id: str, now: datetime, condition: Condition) -> table.Outcome[File]:
    """The claimed file, or the row that refused."""
    free = in_state(*rules.READABLE) & unclaimed(now) & condition
    return table.update(FileRow, keys.file_row(id), [FileRow.claimed_until.set(now + rules.CLAIM)], free, File)


def let_go(file: File) -> None:
    """Of a claim whose work failed: the next one need not wait."""
    table.update(FileRow, keys.file_row(file.id), [FileRow.claimed_until.remove()], claimed_by(file), File)


def put_renditions(file: File, renditions: dict[str, bytes], now: datetime) -> set[str]:
    """Entries for the row. Raises ClaimOver rather than writing what a purge may not see."""
    if file.claimed_until is None or now > file.claimed_until - MARGIN:
        raise ClaimOver(f"the bytes of {file.id} took longer than the claim on them")
    if renditions:
        date_before_making(file, now)
    return {f"{name}={storage.put_rendition(file, name, body)}" for name, body in renditions.items()}


def lost(file: File, row: File | None) -> None:
    """Renditions that came while the file was removed are removed, too."""
    if row is None or row.state in rules.REMOVED:
        storage.remove_renditions(file)
