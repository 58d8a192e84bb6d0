"""Reading and checking the audit log."""

from imagestore.audit import keys, rules
from imagestore.audit.models import EntryRow, HeadRow
from imagestore.audit.records import AuditEntry, Head
from imagestore.common import browse, table
from imagestore.common.browse import Leaf, Window
from imagestore.common.table import Page


def head(day: str) -> Head:
    """Where the day's chain ends now."""
    return table.get(HeadRow, keys.head(day), Head, consistent=True) or rules.start_of(day)


def entries(
    day: str, *, limit: int = 100, start: dict[str, str] | None = None, descending: bool = False
) -> Page[AuditEntry]:
    """Entries of one day (`YYYY-MM-DD`, UTC) in the order of their recording."""
    return table.query(
        EntryRow,
        keys.day(day),
        AuditEntry,
        keys.ENTRY_PREFIX,
        limit=limit,
        start=start,
        descending=descending,
        consistent=True,
    )


def history(subject: str, *, limit: int = 100, start: dict[str, str] | None = None) -> Page[AuditEntry]:
    """What happened to a subject, newest first."""
    found = table.query_index("by_owner", keys.history(subject), limit=limit, start=start, descending=True)
    rows = table.batch_get(EntryRow, (entry.key for entry in found.items), AuditEntry)
    return Page([rows[entry.key] for entry in found.items if entry.key in rows], found.next)


def entry_of_id(id: str) -> AuditEntry | None:
    """`id`: day and number, as in `2026-11-23.7`."""
    day, _, number = id.partition(".")
    if not number.isdecimal():
        return None
    return table.get(EntryRow, keys.entry(day, int(number)), AuditEntry, consistent=True)


def recent(window: Window) -> Leaf[AuditEntry]:
    """All entries, newest first."""
    return browse.leaf(EntryRow, AuditEntry, "by_attention", [keys.RECENT], window)


def leaf_of_history(window: Window, *, subject: str) -> Leaf[AuditEntry]:
    """What happened to a subject, newest first."""
    return browse.leaf(EntryRow, AuditEntry, "by_owner", [keys.history(subject)], window)


def verify(day: str) -> int:
    """The number of entries of that day; raises ChainBroken naming the first bad one."""
    end = head(day)
    reached, start = rules.start_of(day), None
    while reached.number < end.number:
        page = entries(day, start=start)
        for entry in page.items[: end.number - reached.number]:
            reached = rules.follow(day, reached, entry)
        start = page.next
        if start is None:
            break
    if reached != end or (end.number == 0 and entries(day, limit=1).items):
        raise rules.broken(day, reached.number + 1)
    return end.number
