"""Saving. Intent before hold, hold before save: whatever is interrupted, a used photo is held.

A save writes its version, takes the photos that the state it builds on did not use, and then moves the head if that
still is the state, and if nothing was released since. The loser keeps its work: nothing of it reaches the project.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from files.errors import FilesUnusable
from imagestore.common import ids, table, transaction
from imagestore.common.principal import Principal
from imagestore.common.tasks import send
from imagestore.identity import queries as shops
from projects import file_holds, keys, packing, rules, storage, tags
from projects.errors import ProjectBusy, ProjectChanged, ProjectNotActive, ProjectNotFound
from projects.models import (
    IntentRow, ProjectRow, VersionRow, active_of, as_seen, new_head, new_intent, new_version, version_of,
)  # fmt: skip
from projects.operations.tidying import tidy
from projects.queries import project_of
from projects.records import Draft, Head, Intent, ProjectState, Seen, Version

TRIES = 8


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a save: the head that it wants, its version, and its intent when it takes photos."""

    head: Head
    version: Version
    missing: frozenset[str]
    intent: Intent | None

    @property
    def version_sk(self) -> str:
        return keys.version_row(self.head.id, self.version.number, self.version.save_id).sk


@dataclass(frozen=True, slots=True)
class Saved:
    head: Head
    tag: str


def create(*, draft: Draft, customer: str, principal: Principal, now: datetime) -> Saved:
    """A new project, version 1. Raises DraftInvalid, FilesUnusable; nothing of a refused project stays."""
    rules.check_draft(draft)
    shop = shops.known_shop(principal.shop)
    head = Head(
        id=ids.new_id(now), shop=shop.id, state=ProjectState.ACTIVE, version=0, held_rev=0, current="", oldest=1,
        created_at=now, saved_at=now, customer=customer, name=draft.name,
    )  # fmt: skip
    attempt = _prepare(head, draft, draft.photos, principal, now)
    _write_and_hold(attempt, draft, now)
    row = new_head(attempt.head, now + shop.policy.draft_project)
    if attempt.intent is None:
        table.put_new(row)
    else:
        try:
            transaction.commit([transaction.put(row), _intent_done(attempt.intent)])
        except transaction.TransactionLost as lost:
            raise ProjectBusy("The project could not be created in time; try again.") from lost
    return _saved(attempt.head, draft)


def save(*, id: str, draft: Draft, if_match: str, customer: str, principal: Principal, now: datetime) -> Saved:
    """The next version of a project. Raises ProjectChanged when another save came first, DraftInvalid,
    FilesUnusable, ProjectNotFound, ProjectNotActive."""
    rules.check_draft(draft)
    seen = tags.seen(if_match, id=id, shop=principal.shop, customer=customer)
    if seen is None:
        raise _changed(project_of(principal, id))
    for _ in range(TRIES):
        won = _try_save(_built_on(seen, id, principal, customer), draft, seen, principal, now)
        if won is not None:
            _ask_to_prune(won)
            return _saved(won, draft)
        seen = _look_again(seen, id, principal)
    raise ProjectBusy("The project is being changed by too many at once; try again.")


def _try_save(base: Head, draft: Draft, seen: Seen, principal: Principal, now: datetime) -> Head | None:
    attempt = _prepare(base, draft, _missing(base, draft, seen), principal, now)
    _write_and_hold(attempt, draft, now)
    won = _move(attempt, seen)
    if not won:
        _withdraw(attempt, now)
        return None
    return attempt.head


def _missing(base: Head, draft: Draft, seen: Seen) -> frozenset[str]:
    """Photos that the state built on does not use; most saves change none, and their tag says so without a read."""
    if seen.photos_digest == rules.photos_digest(draft.photos):
        return frozenset()
    version = table.get(VersionRow, keys.version_row(base.id, seen.version, seen.save_id), Version, consistent=True)
    return draft.photos - set(packing.files_in(version.uses).values()) if version else draft.photos


def _prepare(base: Head, draft: Draft, missing: frozenset[str], principal: Principal, now: datetime) -> Attempt:
    save_id = ids.new_id(now)
    version = version_of(
        draft, packing.pack(draft.document), number=base.version + 1, save_id=save_id, by=principal.label,
        previous=base.current, now=now,
    )  # fmt: skip
    head = replace(
        base, version=version.number, current=save_id, saved_at=now, saved_by=principal.label, name=draft.name
    )
    sk = keys.version_row(base.id, version.number, save_id).sk
    intent = Intent(save_id, base.id, base.shop, packing.pack_photos(missing), [sk]) if missing else None
    return Attempt(head, version, missing, intent)


def _write_and_hold(attempt: Attempt, draft: Draft, now: datetime) -> None:
    head, version = attempt.head, attempt.version
    row = new_version(head.id, version)
    if attempt.intent is None:
        table.put_new(row)
    else:
        table.put_batch([row, new_intent(attempt.intent, now)])
    if version.in_object:
        storage.put_document(head.shop, version.save_id, packing.pack(draft.document))
    try:
        file_holds.take(
            photos=attempt.missing, holder=keys.holder(head.id), shop=head.shop, customer=head.customer
        )
    except FilesUnusable:
        _withdraw(attempt, now)
        raise


def _move(attempt: Attempt, seen: Seen) -> bool:
    head = attempt.head
    actions = [
        ProjectRow.version.set(head.version),
        ProjectRow.current.set(head.current),
        ProjectRow.saved_at.set(head.saved_at),
        ProjectRow.saved_by.set(head.saved_by),
        ProjectRow.name.set(head.name),
    ]
    condition = active_of(head.customer) & as_seen(seen, takes_photos=bool(attempt.missing))
    if attempt.intent is None:
        return table.update(ProjectRow, keys.head_row(head.id), actions, condition, Head).won
    move = transaction.update(ProjectRow, keys.head_row(head.id), actions, condition)
    try:
        transaction.commit([move, _intent_done(attempt.intent)])
    except transaction.TransactionLost:
        return False
    return True


def _intent_done(intent: Intent) -> transaction.Write:
    """Only while it stands: an intent that was tidied has lost its photos."""
    return transaction.delete(IntentRow, keys.intent_row(intent.project, intent.id), IntentRow.pk.exists())


def _withdraw(attempt: Attempt, now: datetime) -> None:
    """A lost save lets go of what it took, and removes what it wrote."""
    if attempt.intent is not None:
        tidy(attempt.intent, now)
        return
    if attempt.version.in_object:
        storage.remove_documents(attempt.head.shop, [attempt.version.save_id])
    table.delete(VersionRow, keys.version_row(attempt.head.id, attempt.version.number, attempt.version.save_id))


def _built_on(seen: Seen, id: str, principal: Principal, customer: str) -> Head:
    """The head as the tag's holder saw it, so far as a save needs it."""
    return Head(
        id=id, shop=principal.shop, state=ProjectState.ACTIVE, version=seen.version, held_rev=seen.held_rev,
        current=seen.save_id, oldest=1, created_at=datetime.min, saved_at=datetime.min, customer=customer,
    )  # fmt: skip


def _look_again(seen: Seen, id: str, principal: Principal) -> Seen:
    """A release in between is no conflict, another save is one."""
    head = project_of(principal, id)
    if head.state != ProjectState.ACTIVE:
        raise ProjectNotActive("The project is in the trash; restore it before saving.", state=head.state)
    if (head.version, head.current) != (seen.version, seen.save_id):
        raise _changed(head)
    return seen._replace(held_rev=head.held_rev)


def _changed(head: Head) -> ProjectChanged:
    return ProjectChanged(
        "The project was saved elsewhere after you loaded it. Load it again, or save yours as a copy.",
        current_version=head.version,
        saved_at=head.saved_at,
        saved_by=head.saved_by,
    )


def _ask_to_prune(head: Head) -> None:
    """Once per so many versions; what is not pruned now is pruned after a later save."""
    if head.version % rules.PRUNE_SLACK == 0:
        send("projects.prune_versions", project_id=head.id)


def _saved(head: Head, draft: Draft) -> Saved:
    return Saved(head, tags.tag(head, rules.photos_digest(draft.photos)))
