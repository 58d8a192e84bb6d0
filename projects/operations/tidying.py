"""Tidying: photos held for a project that nothing kept of it uses are released, and lost saves are removed.

Rule 2: each transaction moves `held_rev` on a head that is unmoved since it was read, so that a save which counts on
one of these photos notices. Interrupted anywhere, the intent is still due and a repeat finishes it.
"""

from collections.abc import Collection
from datetime import datetime

from imagestore.common import table, transaction
from imagestore.common.table import back_off
from imagestore.identity import queries as shops
from projects import file_holds, histories, keys, packing, storage
from projects.errors import ProjectBusy
from projects.models import IntentRow, ProjectRow, VersionRow, unmoved
from projects.queries import head_of, version_rows
from projects.records import Head, Intent, Version

RELEASES = 97
TRIES = 12


def tidy(intent: Intent, now: datetime) -> None:
    """Ends with no photo of the intent held in vain, its lost versions removed, and the intent itself gone.

    Closing it first decides against a save that is still on its way: from then on it cannot be finished.
    """
    key = keys.intent_row(intent.project, intent.id)
    if table.update(IntentRow, key, [IntentRow.closed.set(True)], IntentRow.pk.exists(), Intent).won:
        take_back(intent, now)


def take_back(intent: Intent, now: datetime) -> None:
    """For what cannot be finished any more. A save does this even if its intent is gone: whoever tidied that may
    have come before the save took its photos."""
    let_go(intent.project, intent.shop, packing.photos_in(intent.uses), now)
    _remove_lost(intent)
    table.delete(IntentRow, keys.intent_row(intent.project, intent.id))


def let_go(project: str, shop: str, photos: Collection[str], now: datetime) -> None:
    """Releases those of the photos that neither the current state nor a kept version uses. Raises ProjectBusy."""
    pending, clashes = set(photos), 0
    while clashes < TRIES:
        if not pending:
            return
        head, used = _history(project)
        batch = sorted(pending - used)[:RELEASES]
        if not batch:
            return
        try:
            transaction.commit([_guard(project, head), *_releases(project, shop, batch, now)])
            pending -= set(batch)
        except transaction.TransactionLost as lost:
            pending -= {batch[index - 1] for index in lost.failed if index > 0}
            if 0 in lost.failed:
                back_off(clashes)
                clashes += 1
    raise ProjectBusy("The project is being changed by too many at once.")


def _releases(project: str, shop: str, photos: list[str], now: datetime) -> list[transaction.Write]:
    return file_holds.release_writes(
        photos=photos, holder=keys.holder(project), shop=shop, policy=shops.known_shop(shop).policy, now=now
    )


def _history(project: str) -> tuple[Head | None, set[str]]:
    """The head, and every photo that something kept uses. Head first: a save after it fails the guard."""
    head = head_of(project)
    kept = histories.kept_versions(head, version_rows(project))
    return head, {photo for version in kept for photo in packing.files_in(version.uses).values()}


def _guard(project: str, head: Head | None) -> transaction.Write:
    key = keys.head_row(project)
    if head is None:
        return transaction.check(ProjectRow, key, ProjectRow.pk.does_not_exist())
    return transaction.update(ProjectRow, key, [ProjectRow.held_rev.add(1)], unmoved(head))


def _remove_lost(intent: Intent) -> None:
    """Versions that the intent names and that are in no history. A save id is never moved to again."""
    head = head_of(intent.project)
    rows = version_rows(intent.project)
    kept = {version.save_id for version in histories.kept_versions(head, rows)}
    named = {keys.save_of_version(sk) for sk in intent.versions}
    remove_versions(intent.project, intent.shop, [row for row in rows if row.save_id in named - kept])


def remove_versions(project: str, shop: str, rows: Collection[Version]) -> None:
    """Documents first: a row without one is found again, a document without a row is not."""
    storage.remove_documents(shop, [row.save_id for row in rows if row.in_object])
    for row in rows:
        table.delete(VersionRow, keys.version_row(project, row.number, row.save_id))
