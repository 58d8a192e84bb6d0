"""Rows of the audit log. Entries are put once and never changed."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from imagestore.audit import keys
from imagestore.audit.records import AuditEntry, Head
from imagestore.common import transaction
from imagestore.common.rows import InstantAttribute, Item


class EntryRow(Item):
    day = UnicodeAttribute()
    number = NumberAttribute()
    at = InstantAttribute()
    action = UnicodeAttribute()
    subject = UnicodeAttribute()
    actor = UnicodeAttribute()
    reason = UnicodeAttribute()
    details = JSONAttribute()
    previous = UnicodeAttribute()
    hash = UnicodeAttribute()


class HeadRow(Item):
    number = NumberAttribute()
    hash = UnicodeAttribute()


def entry_put(entry: AuditEntry) -> transaction.Write:
    pk, sk = keys.entry(entry.day, entry.number)
    row = EntryRow(
        pk,
        sk,
        owner_key=keys.history(entry.subject),
        owner_sort=keys.history_sort(entry.at, entry.number),
        attention_key=keys.RECENT,
        attention_sort=keys.history_sort(entry.at, entry.number),
        day=entry.day,
        number=entry.number,
        at=entry.at,
        action=entry.action,
        subject=entry.subject,
        actor=entry.actor,
        reason=entry.reason,
        details=entry.details,
        previous=entry.previous,
        hash=entry.hash,
    )
    return transaction.put(row)


def head_move(before: Head, entry: AuditEntry) -> transaction.Write:
    """Moves the day's head to `entry` if it still stands at `before`."""
    unmoved = HeadRow.hash == before.hash if before.number else HeadRow.pk.does_not_exist()
    actions = [HeadRow.number.set(entry.number), HeadRow.hash.set(entry.hash)]
    return transaction.update(HeadRow, keys.head(entry.day), actions, unmoved)
