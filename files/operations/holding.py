"""Holders: who needs a file. Taken before something that uses the file is saved, released after it is no more."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys, models, rules
from files.errors import TOO_MANY_HOLDERS, FilesUnusable
from files.models import FileRow, SessionRow, in_state, may_hold, released_until, waits_no_more
from files.operations import settling
from files.queries import files_by_id
from files.records import File, FileState, UploadSession
from imagestore.common import table, transaction
from imagestore.common.batches import chunks, in_parallel
from imagestore.common.retention import RetentionPolicy, Subject

TRIES = 5
WAVE = 100


def hold(*, ids: Collection[str], holder: str, shop: str, owner: str, source: str | None = None) -> list[File]:
    """Adds `holder` to each file: one conditional update each, side by side. A repeat changes nothing.

    `source`: another holder that vouches for files of other owners (share copies). Raises FilesUnusable naming every
    file that refused and why; those that are held by then stay so, and the caller releases them with its intent.
    After a wave with a refusal nothing more is held: the rest is only read, for its causes.
    """
    files: list[File] = []
    waves = list(chunks(ids, WAVE))
    for number, wave in enumerate(waves, 1):
        outcomes = in_parallel(lambda id: _hold(id, holder, shop, owner, source), wave)
        refused = {id: cause for id, cause in zip(wave, outcomes, strict=True) if isinstance(cause, str)}
        files += [file for file in outcomes if isinstance(file, File)]
        if refused:
            rest = [id for later in waves[number:] for id in later]
            refused |= _foreseen(rest, shop=shop, owner=owner, source=source, holder=holder)
            raise FilesUnusable(refused, tried=[id for reached in waves[:number] for id in reached])
    return files


def release(
    *, ids: Sequence[str], holder: str, shop: str, policy: RetentionPolicy, now: datetime
) -> list[transaction.Write]:
    """Writes that take `holder` from files, to join the transaction that ends their use.

    Each file is put back into `by_due`, whether or not it was the last holder: a crash leaves nothing forgotten, and
    a sweep that meets it still held takes it out again. A file that does not have the holder refuses its write.
    An undecoded file is due earlier, and stays so.
    """
    held = FileRow.holders.contains(holder)
    return [transaction.update(FileRow, keys.file_row(id), _release(id, holder, shop, policy, now), held) for id in ids]


def _release(id: str, holder: str, shop: str, policy: RetentionPolicy, now: datetime) -> list[Action]:
    return [
        FileRow.holders.delete({holder}),
        FileRow.released_at.set(now),
        *released_until(now + policy.keep(Subject.RELEASED_FILE), now=now, shop=shop, id=id),
    ]


def _hold(id: str, holder: str, shop: str, owner: str, source: str | None) -> File | str:
    """The held file, or why it cannot be held. Starts from the usual state and follows the row if it differs."""
    state, undecoded = FileState.STORED, False
    for _ in range(TRIES):
        condition, actions = _as_seen(state, undecoded), _hold_actions(state, undecoded, holder)
        allowed = may_hold(shop=shop, owner=owner, source=source, holder=holder)
        won, file = table.update(FileRow, keys.file_row(id), actions, condition & allowed, File)
        if file is None:
            return "unknown"
        if won:
            return file
        if file.state not in rules.HOLDABLE:
            return "unknown" if file.state in rules.REMOVED else str(file.state)
        if (file.state, file.undecoded) == (state, undecoded):
            rejoined = _rejoined(file, shop, owner)
            if rejoined is None:
                return _refusal(file, shop, owner, source)
            owner = rejoined
        state, undecoded = file.state, file.undecoded
    return "changing"


def _rejoined(file: File, shop: str, owner: str) -> str | None:
    """The owner to hold it for, when only a claim stands between the two: of file and `owner` one is the customer who
    claimed the visit that is the other. A file that is still the visit's is handed over here.
    """
    visits = [rules.session_of_owner(one) for one in (owner, file.owner)]
    id = visits[0] or visits[1]
    if file.shop != shop or id is None or owner == file.owner:
        return None
    visit = table.get(SessionRow, keys.session_row(shop, id), UploadSession, consistent=True)
    customer = visit.owner if visit else None
    if visits[0]:
        return customer if customer == file.owner else None
    if visit is None or customer != owner:
        return None
    settling.hand_over(file.id, visit)
    return owner


def _foreseen(ids: Sequence[str], *, shop: str, owner: str, source: str | None, holder: str) -> Mapping[str, str]:
    """What would be refused as it looks now, by id: half a capacity unit each instead of a write."""
    found = files_by_id(ids)
    causes = {id: _foreseen_cause(found.get(id), shop, owner, source, holder) for id in ids}
    return {id: cause for id, cause in causes.items() if cause}


def _foreseen_cause(file: File | None, shop: str, owner: str, source: str | None, holder: str) -> str | None:
    if file is None or file.shop != shop or file.state in rules.REMOVED:
        return "unknown"
    if file.state not in rules.HOLDABLE:
        return str(file.state)
    if _belongs(file, shop, owner, source):
        return TOO_MANY_HOLDERS if len(file.holders - {holder}) >= rules.MOST_HOLDERS else None
    perhaps_claimed = rules.session_of_owner(owner) or rules.session_of_owner(file.owner)
    return None if perhaps_claimed else "unknown"


def _as_seen(state: FileState, undecoded: bool) -> Condition:
    if state in rules.AWAITED:
        return in_state(*rules.AWAITED)
    condition: Condition = in_state(state) & (models.undecoded() if undecoded else models.decoded())
    return condition


def _hold_actions(state: FileState, undecoded: bool, holder: str) -> list[Action]:
    """What is still to be asked for or decoded stays due. A trashed file is stored again."""
    if state in rules.AWAITED:
        return [FileRow.holders.add({holder})]
    back = [FileRow.state.set(FileState.STORED), FileRow.trashed_at.remove()] if state == FileState.TRASHED else []
    waits = [FileRow.purge_after.remove()] if undecoded else waits_no_more()
    return [*back, FileRow.holders.add({holder}), *waits]


def _refusal(file: File, shop: str, owner: str, source: str | None) -> str:
    return TOO_MANY_HOLDERS if _belongs(file, shop, owner, source) else "unknown"


def _belongs(file: File, shop: str, owner: str, source: str | None) -> bool:
    return file.shop == shop and (file.owner == owner or (source is not None and source in file.holders))
