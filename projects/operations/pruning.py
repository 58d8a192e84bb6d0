"""Pruning: what is not kept leaves the history, and then what only that used is released.

What is kept is linked past what goes in the transaction that moves `held_rev`: the history is one chain all the time.
"""

from collections.abc import Sequence
from datetime import datetime

from imagestore.common import ids, transaction
from imagestore.common.transaction import TransactionLost
from imagestore.identity import queries as shops
from projects import histories, keys, packing
from projects.errors import ProjectBusy
from projects.models import ProjectRow, VersionRow, new_intent, unheld, unmoved
from projects.operations.tidying import tidy
from projects.queries import head_of, holds_on_owner, version_rows
from projects.records import Head, Intent, ProjectState, Version

TRIES = 1_000
"""So many hundreds of versions, or clashes."""


def prune_versions(*, id: str, now: datetime) -> int:
    """Answers how many versions left the history; 0 when there is nothing to prune, someone saved meanwhile, or a legal
    hold keeps all of it."""
    head = head_of(id)
    if head is None or head.state != ProjectState.ACTIVE or head.held_by:
        return 0
    history = histories.kept_versions(head, version_rows(id))
    dropped = histories.to_prune(history, shops.known_shop(head.shop).policy) if histories.is_whole(history) else []
    if not dropped or holds_on_owner(head.shop, head.owner):
        return 0
    return len(dropped) if _drop(head, history, dropped, now) else 0


def keep_current_version(*, head: Head, now: datetime) -> None:
    """Every earlier version leaves the history of an active project, a hundred at a time; none once somebody saves it.

    Interrupted, a repeat goes on. Raises ProjectBusy.
    """
    for _ in range(TRIES):
        found = head_of(head.id)
        if found is None or (found.state, found.version) != (ProjectState.ACTIVE, head.version):
            return
        history = histories.kept_versions(found, version_rows(head.id))
        earlier = history[1:][-histories.MOST_PRUNED :]
        if histories.is_whole(history) and not earlier:
            return
        _drop(found, history, earlier, now)
    raise ProjectBusy("The project is being changed by too many at once.")


def _drop(head: Head, history: Sequence[Version], dropped: Sequence[Version], now: datetime) -> bool:
    """False when it was saved, held or pruned since it was read."""
    intent = _intent(head, dropped, now)
    writes = [
        transaction.update(ProjectRow, keys.head_row(head.id), [ProjectRow.held_rev.add(1)], unmoved(head) & unheld()),
        transaction.put(new_intent(intent, now)),
        *(
            _linked(head.id, row, previous)
            for row, previous in histories.relinked(history, {row.save_id for row in dropped})
        ),
    ]
    try:
        transaction.commit(writes)
    except TransactionLost:
        return False
    tidy(intent, now)
    return True


def _linked(id: str, row: Version, previous: str) -> transaction.Write:
    key = keys.version_row(id, row.number, row.save_id)
    as_read = VersionRow.previous == row.previous
    return transaction.update(VersionRow, key, [VersionRow.previous.set(previous)], as_read)


def _intent(head: Head, dropped: Sequence[Version], now: datetime) -> Intent:
    photos = {photo for row in dropped for photo in packing.files_in(row.uses).values()}
    names = [keys.version_row(head.id, row.number, row.save_id).sk for row in dropped]
    return Intent(ids.new_id(now), head.id, head.shop, packing.pack_photos(photos), names)
