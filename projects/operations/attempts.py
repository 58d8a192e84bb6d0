"""One try at a save: what it writes and holds before the head can move, and how it is taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from imagestore.common import ids, table, transaction
from imagestore.common.idempotency import Repeated
from imagestore.common.principal import Principal
from imagestore.common.rows import Item
from projects import file_holds, keys, packing, rules, storage
from projects.models import IntentRow, new_intent, new_version, standing
from projects.operations.tidying import take_back
from projects.records import Draft, Intent, SaveKind, Seen, Version


@dataclass(frozen=True, slots=True)
class Place:
    """Which project, and whose. `photos_of`: whose photos it may take, if not its owner's alone.

    `source`: a holder whose photos it may take, whoever owns them.
    """

    id: str
    shop: str
    owner: str
    photos_of: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """`intent` names what is to be taken back should the save be lost; it is written only if photos are `missing`.

    `guarded`: the save counts on photos that the state built on does not use, taken now or held by an older version.
    """

    place: Place
    version: Version
    packed: bytes
    missing: frozenset[str]
    intent: Intent
    guarded: bool


def prepare(
    place: Place,
    draft: Draft,
    base: Seen,
    missing: frozenset[str],
    *,
    by: Principal,
    now: datetime,
    kind: SaveKind = SaveKind.MANUAL,
    guarded: bool = False,
) -> Attempt:
    """`missing`: photos that the state built on does not use. Only they need an intent and holders."""
    save_id, packed = ids.new_id(now), packing.pack_content(draft.document, draft.placements)
    version = Version(
        number=base.version + 1,
        save_id=save_id,
        saved_at=now,
        saved_by=by.label,
        uses=packing.pack_files(draft.files),
        previous=base.save_id,
        content=packed if len(packed) <= rules.INLINE_DOCUMENT else None,
        kind=kind,
        digest=rules.digest_of(draft),
        pages=rules.pages_of(draft.placements),
    )
    row = keys.version_row(place.id, version.number, save_id)
    intent = Intent(save_id, place.id, place.shop, packing.pack_photos(missing), [row.sk])
    return Attempt(place, version, packed, missing, intent, guarded or bool(missing))


def write_and_hold(attempt: Attempt, now: datetime, joining: Sequence[transaction.Write] = ()) -> None:
    """Everything before the head moves. Raises FilesUnusable, after taking back what was done.

    `joining`: writes about the call's key, made with the first rows or not at all. Raises Repeated.
    """
    place, row = attempt.place, new_version(attempt.place.id, attempt.version)
    rows = [row, new_intent(attempt.intent, now)] if attempt.missing else [row]
    if joining:
        _write_with(joining, rows)
    elif attempt.missing:
        table.put_batch(rows)
    else:
        table.put_new(row)
    if attempt.version.in_object:
        storage.put_document(place.shop, attempt.version.save_id, attempt.packed)
    try:
        _take(attempt)
    except file_holds.FilesUnusable as unusable:
        # Nobody else takes photos for this intent: those that were not tried are not held.
        if unusable.tried is not None:
            tried = replace(attempt.intent, uses=packing.pack_photos(unusable.tried))
            attempt = replace(attempt, intent=tried)
        withdraw(attempt, now)
        raise


def _write_with(joining: Sequence[transaction.Write], rows: Sequence[Item]) -> None:
    try:
        transaction.commit([*joining, *(transaction.put(row) for row in rows)])
    except transaction.TransactionLost as lost:
        raise Repeated from lost


def hold(attempt: Attempt, now: datetime) -> None:
    """Again after a release that may have met these photos. Raises FilesUnusable, after taking back what was done."""
    try:
        _take(attempt)
    except file_holds.FilesUnusable:
        withdraw(attempt, now)
        raise


def _take(attempt: Attempt) -> None:
    place = attempt.place
    file_holds.take(
        photos=attempt.missing,
        holder=keys.holder(place.id),
        shop=place.shop,
        owner=place.owner if place.photos_of is None else place.photos_of,
        source=place.source,
    )


def intent_done(intent: Intent) -> transaction.Write:
    """Joins the move of the head: refused once the intent was closed, for then its photos are let go."""
    return transaction.delete(IntentRow, keys.intent_row(intent.project, intent.id), standing())


def withdraw(attempt: Attempt, now: datetime) -> None:
    """A lost save lets go of what it took and removes what it wrote."""
    take_back(attempt.intent, now)
