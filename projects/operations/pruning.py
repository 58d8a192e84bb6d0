"""Pruning: versions beyond the kept number leave the history, and then what only they used is released."""

from datetime import datetime

from imagestore.common import ids, table, transaction
from imagestore.identity import queries as shops
from projects import keys, packing, rules
from projects.models import ProjectRow, new_intent, unmoved
from projects.operations.tidying import tidy
from projects.queries import version_rows
from projects.records import Head, Intent, ProjectState, Version


def prune_versions(*, id: str, now: datetime) -> int:
    """Answers how many versions left the history; 0 when there is nothing to prune or someone saved meanwhile."""
    head = table.get(ProjectRow, keys.head_row(id), Head, consistent=True)
    if head is None or head.state != ProjectState.ACTIVE:
        return 0
    oldest = rules.oldest_to_keep(head, shops.known_shop(head.shop).policy)
    if oldest is None:
        return 0
    dropped = [row for row in version_rows(id) if row.number < oldest]
    intent = _intent(head, dropped, now)
    forget = [ProjectRow.oldest.set(oldest), ProjectRow.held_rev.add(1)]
    try:
        transaction.commit(
            [
                transaction.update(ProjectRow, keys.head_row(id), forget, unmoved(head)),
                transaction.put(new_intent(intent, now)),
            ]
        )
    except transaction.TransactionLost:
        return 0
    tidy(intent, now)
    return oldest - head.oldest


def _intent(head: Head, dropped: list[Version], now: datetime) -> Intent:
    photos = {photo for row in dropped for photo in packing.files_in(row.uses).values()}
    names = [keys.version_row(head.id, row.number, row.save_id).sk for row in dropped]
    return Intent(ids.new_id(now), head.id, head.shop, packing.pack_photos(photos), names)
