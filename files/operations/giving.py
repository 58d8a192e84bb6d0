"""Giving: files change hands, and what they are charged with is counted with their new owner by the same write.

A transaction moves up to 95 files and both counts, so that whoever repeats it finds the files moved and counts nothing
twice. A file that was held, released or decided meanwhile stays: its fate was decided by what was read.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys, queries, rules
from files.models import FileRow, belongs_to, impersonal, in_state
from files.operations import quota, settling
from files.records import File, SessionState
from imagestore.common import principal, transaction
from imagestore.common.batches import chunks
from imagestore.common.transaction import TransactionLost, Write

MOST_GIVEN = 95
"""With the rows of both owners a transaction still has room."""
TRIES = 5


def files_of(*, ids: Sequence[str], shop: str, owner: str, now: datetime) -> list[File]:
    """Those of the files that are the owner's, as they are now; of a visit that the owner claimed, handed over."""
    found = queries.files_by_id(ids, consistent=True)
    behind = [file for file in found.values() if file.shop == shop and _take_from_visit(file, owner, now)]
    found |= queries.files_by_id([file.id for file in behind], consistent=True) if behind else {}
    mine = [file for file in found.values() if (file.shop, file.owner) == (shop, owner)]
    return [file for file in mine if file.state not in rules.REMOVED]


def give(*, files: Sequence[File], owner: str, heir: str, now: datetime, nameless: bool = False) -> set[str]:
    """Moves files of one owner, all of one shop, to another; answers the ids of those that moved.

    `nameless`: the heir gets the photo, not what its name, date, camera and place tell of the owner. Nobody's quota
    refuses it. A file that is not as it was read is not moved: read it again, and decide again.
    """
    given: set[str] = set()
    for chunk in chunks(files, MOST_GIVEN):
        given |= _give(chunk, owner, heir, now, nameless)
    return given


def _give(files: Sequence[File], owner: str, heir: str, now: datetime, nameless: bool) -> set[str]:
    """Follows what refuses: a file that changed is left out, an account that moved is looked up again."""
    left, shop, counted = list(files), files[0].shop, True
    for _ in range(TRIES):
        if not left:
            break
        accounts = quota.moving(left, shop, owner if counted else None, heir, now)
        writes = [_moved(file, owner, heir, nameless) for file in left]
        try:
            transaction.commit([*writes, *accounts])
        except TransactionLost as lost:
            left = [file for position, file in enumerate(left) if position not in lost.failed]
            # An owner whose own row is gone has nothing to subtract from.
            counted = counted and len(writes) not in lost.failed
        else:
            return {file.id for file in left}
    return set()


def _moved(file: File, owner: str, heir: str, nameless: bool) -> Write:
    actions: list[Action] = belongs_to(file.shop, heir)
    if nameless:
        actions += impersonal(rules.plain_name(file.content_type))
    return transaction.update(FileRow, keys.file_row(file.id), actions, _as_read(file, owner))


def _as_read(file: File, owner: str) -> Condition:
    held = FileRow.holders == set(file.holders) if file.holders else FileRow.holders.does_not_exist()
    charged = FileRow.charged == file.charged if file.charged is not None else FileRow.charged.does_not_exist()
    condition: Condition = (FileRow.owner == owner) & in_state(file.state) & held & charged
    return condition


def _take_from_visit(file: File, owner: str, now: datetime) -> bool:
    """A file that the owner claimed with a visit, and that nobody has handed over yet."""
    visit = queries.visit_of(file)
    if visit is None or visit.state != SessionState.CLAIMED or visit.owner != owner:
        return False
    quota.move_charge(visit, principal.clock(), now)
    return settling.hand_over(file.id, visit)
