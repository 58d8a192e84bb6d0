"""Creating a project: once for each call, however often it is repeated with its key.

The record of the key joins the first write, and the head is put only while it still stands: of a first call that is
slow and a repeat that took it for dead, one creates a project and the other takes back what it wrote.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from imagestore.common import idempotency, ids, table, transaction
from imagestore.common.idempotency import HEADER, Asked, Repeated, RequestUnderWay
from imagestore.common.principal import Principal
from imagestore.common.transaction import Write
from imagestore.identity import queries as shops
from imagestore.webhooks import operations as webhooks
from projects import file_holds, keys, rules, tags
from projects.errors import ProjectBusy
from projects.models import ProjectRow, new_head
from projects.operations.announcing import saved_event
from projects.operations.attempts import Attempt, Place, intent_done, prepare, withdraw, write_and_hold
from projects.operations.saving import NOTHING, Saved, first_head, saved
from projects.queries import head_of, policy_for, tag_of, version_of
from projects.records import Draft, Head, SaveKind

FIRST = NOTHING.version + 1


def create(
    *,
    draft: Draft,
    owner: str,
    principal: Principal,
    now: datetime,
    asked: Asked | None = None,
    kind: SaveKind = SaveKind.MANUAL,
    source: str | None = None,
) -> Saved:
    """A new project, version 1. Raises DraftInvalid, FilesUnusable, SessionClosed; nothing of a refused project stays.

    With `asked` a repeat answers the project that the first call created. Raises KeyReused, RequestUnderWay.
    `source`: a holder whose photos may be used, whoever owns them. Of those that too many hold already the owner gets
    copies. Raises QuotaExceeded.
    """
    rules.check_draft(draft)
    create_of = partial(_create, owner=owner, principal=principal, now=now, asked=asked, kind=kind, source=source)
    try:
        return create_of(draft)
    except file_holds.FilesUnusable as unusable:
        if source is None or not unusable.crowded:
            raise
        in_use = file_holds.owner_in_use(shop=principal.shop, owner=owner, now=now)
        copies = file_holds.own_copies(
            photos=unusable.crowded, shop=principal.shop, owner=in_use, source=source, now=now
        )
    return create_of(_with_copies(draft, copies))


def _with_copies(draft: Draft, copies: Mapping[str, str]) -> Draft:
    return replace(draft, files={alias: copies.get(id, id) for alias, id in draft.files.items()})


def _create(
    draft: Draft,
    *,
    owner: str,
    principal: Principal,
    now: datetime,
    asked: Asked | None,
    kind: SaveKind,
    source: str | None,
) -> Saved:
    shop = shops.known_shop(principal.shop).id
    try:
        in_use = file_holds.owner_in_use(shop=shop, owner=owner, now=now)
    except file_holds.SessionClosed:
        created = _recorded_head(asked) if asked and idempotency.was_recorded(asked, now) else None
        if created is None:
            raise
        return _as_created(created)
    place = Place(ids.new_id(now), shop, in_use, source=source)
    attempt = prepare(place, draft, NOTHING, draft.photos, by=principal, now=now, kind=kind)
    try:
        if asked is None:
            write_and_hold(attempt, now)
        elif (created := _write_once(attempt, asked, now)) is not None:
            return _as_created(created)
    except file_holds.FilesUnusable:
        if asked:
            idempotency.forget(asked, now)
        raise
    if source is not None or not draft.photos:
        # Whoever has a photo of its own has had a row since the upload.
        file_holds.note_customer(shop=shop, owner=in_use, principal=principal, now=now)
    return _finish(attempt, draft, asked, now)


def _finish(attempt: Attempt, draft: Draft, asked: Asked | None, now: datetime) -> Saved:
    """The head of what was written, whoever owns it by then; or the project of whoever was faster."""
    if _put_head(attempt, draft, asked, now):
        return saved(attempt, draft, NOTHING)
    claimed = _as_claimed(attempt, now)
    if claimed and _put_head(claimed, draft, asked, now):
        return saved(claimed, draft, NOTHING)
    withdraw(attempt, now)
    winner = _recorded_head(asked) if asked else head_of(attempt.place.id)
    if winner is None:
        raise ProjectBusy("The project could not be created in time; try again.")
    return _as_created(winner)


def _as_claimed(attempt: Attempt, now: datetime) -> Attempt | None:
    """For the customer who claimed the visit meanwhile."""
    place = attempt.place
    try:
        owner = file_holds.owner_in_use(shop=place.shop, owner=place.owner, now=now)
    except file_holds.SessionClosed:
        return None
    return replace(attempt, place=replace(place, owner=owner)) if owner != place.owner else None


def _write_once(attempt: Attempt, asked: Asked, now: datetime) -> Head | None:
    """What an earlier call created with this key; None after this one has written what comes before the head."""
    record = idempotency.record(asked, [attempt.place.id], now)
    try:
        write_and_hold(attempt, now, [record])
    except Repeated:
        created = _recorded_head(asked)
        if created is None:
            _write_again(attempt, asked, now)
        return created
    return None


def _write_again(attempt: Attempt, asked: Asked, now: datetime) -> None:
    """The first call died before its head: this one takes over, under an id and a holder of its own."""
    first = idempotency.recorded(asked)
    taken = idempotency.taking_over(asked, first, [attempt.place.id], now)
    try:
        write_and_hold(attempt, now, [taken, _no_head(first.ids[0])])
    except Repeated as repeated:
        raise RequestUnderWay("Another call with this key is at work. Try again shortly.", field=HEADER) from repeated


def _no_head(id: str) -> Write:
    return transaction.check(ProjectRow, keys.head_row(id), ProjectRow.pk.does_not_exist())


def _put_head(attempt: Attempt, draft: Draft, asked: Asked | None, now: datetime) -> bool:
    """False: it came too late. Its photos are being let go, or a repeat has taken over."""
    head = first_head(attempt, draft)
    found = rules.first_look(head, policy_for(head.shop, head.owner))
    row = new_head(head, found.due_at, found.ends_at)
    joining = [intent_done(attempt.intent)] if attempt.missing else []
    joining += [idempotency.still_recorded(asked, now)] if asked else []
    joining += file_holds.still_open(shop=head.shop, owner=head.owner, now=now)
    told = saved_event(attempt)
    joining += told
    if not joining:
        return table.put_new(row)
    try:
        transaction.commit([transaction.put(row), *joining])
    except transaction.TransactionLost:
        return False
    webhooks.send(told)
    return True


def _recorded_head(asked: Asked) -> Head | None:
    return head_of(idempotency.recorded(asked).ids[0])


def _as_created(head: Head) -> Saved:
    """What the first call saved, whatever this one brings: of a copy the source may have been changed since.

    The tag of a first version that was saved over matches nothing more, as it must.
    """
    if head.version == FIRST:
        return Saved(head.id, FIRST, head.saved_at, tag_of(head, version_of(head, FIRST)))
    past = tags.tag(NOTHING._replace(version=FIRST), id=head.id, shop=head.shop, owner=head.owner)
    return Saved(head.id, FIRST, head.created_at, past)
