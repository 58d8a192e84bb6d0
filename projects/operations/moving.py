"""Moving a project to another customer of the shop, for whoever designed in the wrong account.

The head moves by one update, and from then on the project is the other's: its photos are held by it, whoever they
belong to. They follow with what they are charged with. Until that is done a row says so and is due: a repeat or the
sweep finishes it. So it does when somebody was just taking a photo into a project: whose that is shows a little later.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.update import Action

from imagestore.audit import operations as audit
from imagestore.common import ids, table, transaction
from imagestore.common.contracts import SliceReport
from imagestore.common.principal import CUSTOMER, CUSTOMER_RULE, Principal
from imagestore.common.rows import Key
from imagestore.common.transaction import TransactionLost
from imagestore.holds import operations as holds
from imagestore.holds.rules import told
from projects import fates, file_holds, keys, packing, rules
from projects.errors import MoveInvalid, ProjectBusy, ProjectHeld, ProjectNotFound, ProjectOfVisit
from projects.file_holds import File
from projects.models import MoveRow, ProjectRow, belongs_to, living_of, new_move, unheld, unwarned
from projects.operations import handing
from projects.operations.holders import HolderKind, owners_of
from projects.queries import head_of, history, holds_on_owner
from projects.records import LIVING, Head, Move

TRIES = 5


def move(
    *, id: str, customer: str, principal: Principal, reason: str, now: datetime, kinds: Sequence[HolderKind] = ()
) -> int:
    """Answers how many photos followed. One that is the customer's already stays so; a move that was interrupted is
    finished first.

    A photo that something else of its owner needs, a cart item or an order too, stays that owner's, and is held by the
    project as before. Raises MoveInvalid, ProjectNotFound, ProjectOfVisit, ProjectHeld, ProjectBusy.
    """
    principal.require_role("operator")
    if not CUSTOMER.fullmatch(customer):
        raise MoveInvalid(f"A customer's id has {CUSTOMER_RULE}.", "customer")
    heir, begun = f"customer:{customer}", table.get(MoveRow, keys.move_row(id), Move, consistent=True)
    followed = _finish(begun, kinds, now, waits=begun.heir == heir) if begun else 0
    head = _movable(id)
    if head.customer == customer:
        return followed
    _check_unheld(head)
    file_holds.note_customer(shop=head.shop, owner=heir, principal=Principal(kind="clock"), now=now)
    living, wanted = living_of(head.owner) & unheld(), Move(ids.new_id(now), id, head.shop, head.owner, heir)
    writes = [
        transaction.update(ProjectRow, keys.head_row(id), _given(wanted), living),
        holds.unheld(head.shop, head.owner),
        transaction.put(new_move(wanted, now)),
    ]
    hands = {"from": wanted.owner, "to": wanted.heir}
    try:
        audit.record(
            writes,
            action="project.moved",
            subject=f"project:{id}",
            principal=principal,
            reason=reason,
            now=now,
            details=hands,
        )
    except TransactionLost as lost:
        _check_unheld(_movable(id))
        raise ProjectBusy("The project was changed by someone else at this moment. Look again.") from lost
    return _finish(wanted, kinds, now)


def sweep_moves(
    *, row_keys: Sequence[Key], dry_run: bool, now: datetime, kinds: Sequence[HolderKind] = ()
) -> SliceReport:
    """Finishes those that died on the way. One that fails does not stop the others."""
    report = SliceReport()
    moves = table.batch_get(MoveRow, row_keys, Move, consistent=True)
    report.add("skipped", len(row_keys) - len(moves))
    for key, begun in moves.items():
        try:
            if not dry_run:
                _finish(begun, kinds, now)
            report.did("moved", begun.project)
        except Exception as error:
            report.fail(begun.project, key, f"{type(error).__name__}: {error}")
    return report


def _movable(id: str) -> Head:
    head = handing.head_as_claimed(id)
    if head is None or head.state not in LIVING:
        raise ProjectNotFound("There is no project with this id.")
    if head.customer is None:
        raise ProjectOfVisit("The project is a guest's: it becomes the customer's by the login.")
    return head


def _given(wanted: Move) -> list[Action]:
    """Whoever gets it was warned of nothing yet."""
    return [*belongs_to(wanted.shop, wanted.heir), *unwarned()]


def _check_unheld(head: Head) -> None:
    """What the law keeps stays whose it is. Raises ProjectHeld."""
    if found := head.held_by | holds_on_owner(head.shop, head.owner):
        raise ProjectHeld(f"The project cannot be moved: {told(found)}", holds=sorted(found))


def _finish(begun: Move, kinds: Sequence[HolderKind], now: datetime, *, waits: bool = True) -> int:
    """Raises ProjectBusy, and is due still, when its photos change hands or holders all the time.

    `waits`: it is due still, for a day at most, while somebody is taking a photo of it.
    """
    followed: set[str] = set()
    for _ in range(TRIES):
        held = _held(begun, now)
        owners = owners_of((other for file in held for other in file.holders), kinds, begun.shop)
        holder = keys.holder(begun.project)
        going = [file for file in held if fates.moves_along(file.holders, owners, holder, begun.owner)]
        followed |= file_holds.give(files=going, owner=begun.owner, heir=begun.heir, now=now)
        if followed.issuperset(file.id for file in going):
            undecided = any(fates.is_undecided(file.holders, owners) for file in held)
            if not (waits and undecided and now - ids.born(begun.id) < rules.MOVE_WAITS):
                table.delete(MoveRow, keys.move_row(begun.project), MoveRow.id == begun.id)
            return len(followed)
    raise ProjectBusy("The project's photos are being changed by too many at once; try again.")


def _held(begun: Move, now: datetime) -> list[File]:
    """Photos that are still its former owner's.

    Of the history alone: what a save took that came too late is let go, and stays the former owner's.
    """
    head, holder = head_of(begun.project), keys.holder(begun.project)
    kept = history(head) if head and head.state in LIVING else []
    photos = {photo for version in kept for photo in packing.files_in(version.uses).values()}
    files = file_holds.files_of(ids=sorted(photos), shop=begun.shop, owner=begun.owner, now=now)
    return [file for file in files if holder in file.holders]
