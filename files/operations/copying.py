"""Copies with an object of their own, for who may use a photo that is held by too many to hold it as well.

A copy is registered like an upload of its new owner, whose quota it is charged to, and gets its bytes in storage. One
that is interrupted is due like an upload that never came; whoever repeats the call is answered by what is there.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from pynamodb.expressions.update import Action

from files import keys, queries, rules, storage
from files.errors import FilesUnusable
from files.models import FileRow, in_state, looked_at, new_row
from files.operations import quota
from files.operations.asking import ask_to_decode
from files.operations.quota import Reservation
from files.records import File, FileState
from imagestore.common import ids as new_ids
from imagestore.common import objects, principal, table
from imagestore.common.batches import in_parallel
from imagestore.common.retention import Subject
from imagestore.identity import queries as shops

UNKNOWN = "unknown"


def own_copies(*, ids: Collection[str], shop: str, owner: str, source: str | None, now: datetime) -> dict[str, str]:
    """The id of the owner's own copy for each file: of one that it had before with the same bytes, if it has room.

    `source`: a holder that vouches for files of other owners. Copies tell nothing of those; they wait for a holder as
    if they had just been released. Raises FilesUnusable naming each file that cannot be copied, QuotaExceeded,
    SessionClosed.
    """
    originals = _originals(ids, shop, owner, source)
    copies = {original.id: _unborn(original, owner, now) for original in originals}
    had = _had(originals, shop, owner)
    wanted = [original for original in originals if original.id not in had]
    if wanted:
        _register([copies[original.id] for original in wanted], shop, owner, now)
        _copy(wanted, copies, now)
    return {id: had.get(id, copy.id) for id, copy in copies.items()}


def _originals(ids: Collection[str], shop: str, owner: str, source: str | None) -> list[File]:
    found = queries.files_by_id(ids, consistent=True)
    refused = {}
    for id in ids:
        file = found.get(id)
        if file is None or file.shop != shop or not (file.owner == owner or (source and source in file.holders)):
            refused[id] = UNKNOWN
        elif file.state not in rules.READABLE:
            refused[id] = UNKNOWN if file.state in rules.REMOVED else str(file.state)
    if refused:
        raise FilesUnusable(refused)
    return [found[id] for id in ids]


def _had(originals: Sequence[File], shop: str, owner: str) -> dict[str, str]:
    """By the original's id. So a repeat of an interrupted call makes no second copy."""
    hashes = {original.sha256 for original in originals if original.sha256}
    known = queries.known_files(shop=shop, owner=owner, hashes=hashes)
    room = {digest: file.id for digest, file in known.items() if len(file.holders) < rules.MOST_HOLDERS}
    return {original.id: room[original.sha256] for original in originals if original.sha256 in room}


def _unborn(original: File, owner: str, now: datetime) -> File:
    return File(
        id=new_ids.new_id(now),
        shop=original.shop,
        owner=owner,
        state=FileState.REGISTERED,
        size=original.size,
        created_at=now,
        name=rules.plain_name(original.content_type),
        content_type=original.content_type,
        sha256=original.sha256,
    )


def _register(copies: Sequence[File], shop: str, owner: str, now: datetime) -> None:
    known = shops.known_shop(shop)
    quota.reserve(Reservation(known, owner, copies, principal.clock(), now))
    table.put_batch([new_row(copy, now + known.policy.keep(Subject.ABANDONED_UPLOAD)) for copy in copies])


def _copy(originals: Sequence[File], copies: dict[str, File], now: datetime) -> None:
    """The objects side by side. Raises FilesUnusable; what was copied then is looked at as uploads are."""
    stored = in_parallel(lambda original: _copy_one(original, copies[original.id], now), originals)
    lost = {original.id: UNKNOWN for original, copy in zip(originals, stored, strict=True) if copy is None}
    if lost:
        raise FilesUnusable(lost)
    ask_to_decode(stored)


def _copy_one(original: File, copy: File, now: datetime) -> File | None:
    """Exactly the version that was confirmed; None when the original is gone meanwhile."""
    try:
        version = storage.copy_original(original, copy)
    except objects.ObjectMissing:
        return None
    actions = _as_original(original, copy.id, version, now)
    won, row = table.update(FileRow, keys.file_row(copy.id), actions, in_state(*rules.AWAITED), File)
    if not won and (row is None or row.state in rules.REMOVED):
        storage.remove_late(copy.shop, copy.id)
        return None
    return row


def _as_original(original: File, id: str, version: str | None, now: datetime) -> list[Action]:
    """What is needed to print it. It is due with the grace of a file just released."""
    policy = shops.known_shop(original.shop).policy
    purge_after = now + policy.keep(Subject.RELEASED_FILE)
    looked = rules.decoded_soon(purge_after, now) if original.decoded_at is None else purge_after
    told = [
        (getattr(FileRow, name), getattr(original, name))
        for name in ("width", "height", "orientation", "color_profile", "dpi", "decoded_at")
    ]
    return [
        FileRow.state.set(FileState.STORED),
        FileRow.stored_at.set(now),
        FileRow.released_at.set(now),
        FileRow.purge_after.set(purge_after),
        *looked_at(looked, now=now, shop=original.shop, id=id),
        *(attribute.set(value) for attribute, value in [*told, (FileRow.object_version, version)] if value is not None),
    ]
