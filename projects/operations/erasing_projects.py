"""Erasing one project: what it has is noted, then it is marked if it still is what was noted, then it goes."""

from datetime import datetime

from imagestore.common import table
from imagestore.holds.rules import told
from projects import histories, keys
from projects.certificates import Erasing
from projects.errors import ProjectBusy
from projects.models import SharesRow
from projects.operations import certifying, removing
from projects.queries import head_of, version_rows
from projects.records import Head, ProjectState, Shares

TRIES = 8


def erase(head: Head, erasing: Erasing, now: datetime) -> str:
    """Why it stays, if it does: a legal hold keeps it. Raises ProjectBusy."""
    owner = head.owner
    for _ in range(TRIES):
        if head.held_by:
            return told(head.held_by)
        _note(head, erasing, now)
        if removing.erase(head, now):
            return ""
        found = head_of(head.id)
        if found is None or found.owner != owner or found.state == ProjectState.GONE:
            return ""
        head = found
    raise ProjectBusy("The project is being changed by too many at once; try again.")


def _note(head: Head, erasing: Erasing, now: datetime) -> None:
    """Versions and shares. Of one that is on its way out already, what is left counts if nothing was noted before."""
    rows = version_rows(head.id)
    going = head.state == ProjectState.DELETING
    versions = rows if going else histories.kept_versions(head, rows)
    shares = table.get(SharesRow, keys.shares_row(head.id), Shares, consistent=True) or Shares()
    place = "0" if going else f"{head.version:08d}.{head.held_rev:08d}"
    certifying.note(erasing, "project", {head.id: [len(versions), len(shares.shares)]}, now, place)
