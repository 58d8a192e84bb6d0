"""Recording: a change and its entry happen together or not at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from imagestore.audit import models, queries, rules
from imagestore.audit.records import AuditEntry, Deed
from imagestore.common import table, transaction
from imagestore.common.errors import Unavailable
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost, Write

ATTEMPTS = 40
LONGEST_BACK_OFF = 4


def record(
    writes: Sequence[Write],
    *,
    action: str,
    subject: str,
    principal: Principal,
    reason: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Commits `writes` (at most 98) and the entry that tells of them, in one transaction.

    `action` is a dotted word (`shop.created`), `subject` kind and id (`shop:acme`), `details` plain JSON
    without personal data. Raises TransactionLost with the positions of `writes` whose condition refused.
    """
    deed = Deed(now, action, subject, principal.label, reason, details or {})
    for attempt in range(ATTEMPTS):
        head = queries.head(rules.day_of(now))
        entry = rules.next_entry(head, deed)
        if _committed(writes, [models.entry_put(entry), models.head_move(head, entry)]):
            return entry
        table.back_off(min(attempt, LONGEST_BACK_OFF))
    raise Unavailable("Too many changes are being recorded at once. Try again shortly.")


def _committed(writes: Sequence[Write], chain: Sequence[Write]) -> bool:
    """False: another entry took this place in the chain."""
    try:
        transaction.commit([*writes, *chain])
    except TransactionLost as lost:
        if own := frozenset(position for position in lost.failed if position < len(writes)):
            raise TransactionLost(own) from lost
        return False
    return True
