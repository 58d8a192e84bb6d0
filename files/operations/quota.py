"""What an owner's row is charged with: reserved at registration, given back once, moved when a visit is claimed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys, rules, visits
from files.errors import QuotaExceeded, SessionClosed
from files.models import OwnerRow, SessionRow
from files.operations.usage import check_shop
from files.records import File, SessionState, UploadSession, Usage
from imagestore.common import principal, table, transaction
from imagestore.common.idempotency import Repeated
from imagestore.common.principal import Principal
from imagestore.common.rows import Key
from imagestore.common.transaction import TransactionLost, Write
from imagestore.identity.records import Shop


@dataclass(frozen=True, slots=True)
class Reservation:
    """Places for files on the owner's own row. `joining`: another write that happens with it or not at all."""

    shop: Shop
    owner: str
    files: Sequence[File]
    principal: Principal
    now: datetime
    joining: Write | None = None

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def reserve(wanted: Reservation) -> None:
    """One request. Raises QuotaExceeded, SessionClosed, and Repeated if the joining write was refused."""
    check_shop(wanted.shop, Usage(len(wanted.files), wanted.size), wanted.now)
    if rules.session_of_owner(wanted.owner) is None:
        _reserve_for_customer(wanted)
    else:
        _reserve_for_session(wanted)


def keep(wanted: Reservation, since: datetime) -> None:
    """Places that were reserved at `since` and get their rows only now; again, if a recount took them for a drift."""
    if rules.session_of_owner(wanted.owner):
        return
    key, recounted = keys.owner_row(wanted.shop.id, wanted.owner), OwnerRow.recounted_at
    untouched = recounted.does_not_exist() | (recounted < since)
    if not table.update(OwnerRow, key, [OwnerRow.reserved_at.set(wanted.now)], untouched, Usage).won:
        reserve(wanted)


def give_back(file: File) -> None:
    """`file` as it was when its charge was removed; nothing to do when it had none any more.

    Only the update that took `charged` from the row may call this.
    """
    if file.charged is None or not file.owner:
        return
    session = rules.session_of_owner(file.owner)
    if session is None:
        _subtract(file.shop, file.owner, file.charged)
        return
    key, counted_here = keys.session_row(file.shop, session), SessionRow.charge_moved_at.does_not_exist()
    less = [SessionRow.used_files.add(-1), SessionRow.used_bytes.add(-file.charged)]
    won, visit = table.update(SessionRow, key, less, SessionRow.pk.exists() & counted_here, UploadSession)
    if not won and visit is not None and visit.customer:
        # Not handed over yet, but counted with its customer since the claim.
        _subtract(file.shop, rules.owner_of(visit.customer), file.charged)


def move_charge(session: UploadSession, principal: Principal, now: datetime) -> None:
    """What a claimed visit uses is counted with its customer from now on, once however often this is called.

    Nothing is added to a claimed visit; what is given back to it meanwhile makes this look again.
    """
    owner, key = rules.owner_of(str(session.customer)), keys.session_row(session.shop, session.id)
    while session.charge_moved_at is None:
        as_read = (
            SessionRow.charge_moved_at.does_not_exist()
            & (SessionRow.used_files == session.used_files)
            & (SessionRow.used_bytes == session.used_bytes)
        )
        more = [
            OwnerRow.used_files.add(session.used_files),
            OwnerRow.used_bytes.add(session.used_bytes),
            OwnerRow.claimed_session.set(session.id),
        ]
        known = first_sight(session.shop, owner, principal, now)
        writes = [
            transaction.update(SessionRow, key, [SessionRow.charge_moved_at.set(now)], as_read),
            transaction.update(OwnerRow, keys.owner_row(session.shop, owner), [*known, *more], None),
        ]
        with suppress(TransactionLost):
            transaction.commit(writes)
            return
        session = table.get(SessionRow, key, UploadSession, consistent=True) or session


def add_bytes_with(joining: Write, shop: Shop, owner: str, size: int, now: datetime) -> None:
    """For a file that was registered without its size: with the write that tells it, or not at all.

    Raises QuotaExceeded, and TransactionLost for the joining write.
    """
    check_shop(shop, Usage(0, size), now)
    row, key = _account(shop.id, owner)
    room = row.used_bytes <= shop.byte_quota - size
    if row is SessionRow:
        room &= SessionRow.charge_moved_at.does_not_exist()
    try:
        transaction.commit([joining, transaction.update(row, key, [row.used_bytes.add(size)], room)])
    except TransactionLost as lost:
        if lost.failed != {1} or _account(shop.id, owner) != (row, key):
            raise
        used = table.get(row, key, Usage, consistent=True) or Usage()
        raise QuotaExceeded(
            f"{size} bytes do not fit into what is left.",
            limit={"files": shop.file_quota, "bytes": shop.byte_quota},
            used={"files": used.used_files, "bytes": used.used_bytes},
            asked={"files": 0, "bytes": size},
        ) from lost


def moving(files: Sequence[File], shop: str, owner: str | None, heir: str, now: datetime) -> list[Write]:
    """To join what gives files to another: what they are charged with, off one account and on the other.

    The first is refused when the owner's row is gone, which is left out then (None), the last when a visit was claimed.
    """
    charged = [file.charged for file in files if file.charged is not None]
    accounts = _account(shop, owner) if owner else None, _account(shop, heir)
    if not charged or accounts[0] == accounts[1]:
        return []
    less = [_more(*accounts[0], -len(charged), -sum(charged), [])] if accounts[0] else []
    known = first_sight(shop, heir, principal.clock(), now) if accounts[1][0] is OwnerRow else []
    return [*less, _more(*accounts[1], len(charged), sum(charged), known)]


def _more(row: type[OwnerRow | SessionRow], key: Key, files: int, size: int, known: list[Action]) -> Write:
    """`known`: what makes the row if it is missing; without, it has to be there."""
    counts_here = row.pk.exists()
    if row is SessionRow:
        counts_here &= SessionRow.charge_moved_at.does_not_exist()
    actions = [*known, row.used_files.add(files), row.used_bytes.add(size)]
    return transaction.update(row, key, actions, None if known else counts_here)


def _account(shop: str, owner: str) -> tuple[type[OwnerRow | SessionRow], Key]:
    """The row that counts an owner's files; after a claim that is the customer's."""
    session = rules.session_of_owner(owner)
    if session is None:
        return OwnerRow, keys.owner_row(shop, owner)
    visit = table.get(SessionRow, keys.session_row(shop, session), UploadSession, consistent=True)
    if visit is not None and visit.charge_moved_at and visit.customer:
        return OwnerRow, keys.owner_row(shop, rules.owner_of(visit.customer))
    return SessionRow, keys.session_row(shop, session)


def note_customer(*, shop: str, owner: str, principal: Principal, now: datetime) -> None:
    """Who has no file of its own may still have projects: this makes its row. One request, none for a visit."""
    if rules.session_of_owner(owner) is None:
        none = [used.set(used | 0) for used in (OwnerRow.used_files, OwnerRow.used_bytes)]
        seen = first_sight(shop, owner, principal, now)
        table.update(OwnerRow, keys.owner_row(shop, owner), [*seen, *none], None, Usage)


def first_sight(shop: str, owner: str, principal: Principal, now: datetime) -> list[Action]:
    """Makes a customer's row if it is missing, and notes what the token tells of the person."""
    told = [(OwnerRow.email, principal.email), (OwnerRow.name, principal.name)]
    return [
        OwnerRow.shop.set(OwnerRow.shop | shop),
        OwnerRow.owner.set(OwnerRow.owner | owner),
        OwnerRow.created_at.set(OwnerRow.created_at | now),
        OwnerRow.attention_key.set(OwnerRow.attention_key | keys.owners_of_shop(shop, owner)),
        OwnerRow.attention_sort.set(OwnerRow.attention_sort | owner),
        *(attribute.set(value) for attribute, value in told if value),
    ]


def _reserve_for_customer(wanted: Reservation) -> None:
    key = keys.owner_row(wanted.shop.id, wanted.owner)
    if _fits_never(wanted):
        _refuse(wanted, table.get(OwnerRow, key, Usage) or Usage())
    room = OwnerRow.used_bytes.does_not_exist() | _room(OwnerRow, wanted)
    known = first_sight(wanted.shop.id, wanted.owner, wanted.principal, wanted.now)
    actions = [*known, *_counted(OwnerRow, wanted), OwnerRow.reserved_at.set(wanted.now)]
    if wanted.joining:
        if not _joined(OwnerRow, key, actions, room, wanted.joining):
            _refuse(wanted, table.get(OwnerRow, key, Usage, consistent=True) or Usage())
        return
    won, usage = table.update(OwnerRow, key, actions, room, Usage)
    if not won:
        _refuse(wanted, usage or Usage())


def _reserve_for_session(wanted: Reservation) -> None:
    """Only while the session's own row is open: this decides, whatever lists say."""
    key, now = keys.session_row(wanted.shop.id, str(rules.session_of_owner(wanted.owner))), wanted.now
    if _fits_never(wanted):
        _refuse(wanted, table.get(SessionRow, key, Usage) or Usage())
    running = (SessionRow.state == SessionState.OPEN) & (SessionRow.ends_at > now)
    actions, condition = _counted(SessionRow, wanted), running & _room(SessionRow, wanted)
    if wanted.joining:
        won = _joined(SessionRow, key, actions, condition, wanted.joining)
        visit = table.get(SessionRow, key, UploadSession, consistent=True)
    else:
        won, visit = table.update(SessionRow, key, actions, condition, UploadSession)
    if not won or visit is None:
        _refuse_for_session(wanted, visit)
    else:
        keep_open(visit, now)


def _joined(
    row: type[OwnerRow | SessionRow], key: Key, actions: Sequence[Action], condition: Condition, joining: Write
) -> bool:
    try:
        transaction.commit([transaction.update(row, key, actions, condition), joining])
    except TransactionLost as lost:
        if 1 in lost.failed:
            raise Repeated from lost
        return False
    return True


def keep_open(visit: UploadSession, now: datetime) -> None:
    """Written once in some hours of use. Its due stays: the sweep that meets it early re-dates it."""
    later = visits.slides_to(visit, now)
    if later is None or visit.state != SessionState.OPEN:
        return
    as_seen = (SessionRow.state == SessionState.OPEN) & (SessionRow.ends_at == visit.ends_at)
    key = keys.session_row(visit.shop, visit.id)
    table.update(SessionRow, key, [SessionRow.ends_at.set(later)], as_seen, UploadSession)


def _counted(row: type[OwnerRow | SessionRow], wanted: Reservation) -> list[Action]:
    return [row.used_files.add(len(wanted.files)), row.used_bytes.add(wanted.size)]


def _room(row: type[OwnerRow | SessionRow], wanted: Reservation) -> Condition:
    fits = row.used_bytes <= wanted.shop.byte_quota - wanted.size
    condition: Condition = fits & (row.used_files <= wanted.shop.file_quota - len(wanted.files))
    return condition


def _fits_never(wanted: Reservation) -> bool:
    return wanted.size > wanted.shop.byte_quota or len(wanted.files) > wanted.shop.file_quota


def _subtract(shop: str, owner: str, size: int) -> None:
    less = [OwnerRow.used_files.add(-1), OwnerRow.used_bytes.add(-size)]
    table.update(OwnerRow, keys.owner_row(shop, owner), less, OwnerRow.pk.exists(), Usage)


def _refuse_for_session(wanted: Reservation, visit: UploadSession | None) -> NoReturn:
    if visit is None:
        raise SessionClosed("This visit was never opened: POST /sessions first.", state="unknown")
    if visit.state != SessionState.OPEN or visit.ends_at <= wanted.now:
        state = SessionState.ENDED if visit.state == SessionState.OPEN else visit.state
        raise SessionClosed(f"The upload session is {state}; it takes no more files.", state=state)
    _refuse(wanted, Usage(visit.used_files, visit.used_bytes))


def _refuse(wanted: Reservation, usage: Usage) -> NoReturn:
    shop, number = wanted.shop, len(wanted.files)
    raise QuotaExceeded(
        f"{number} files of together {wanted.size} bytes do not fit into what is left.",
        "files",
        limit={"files": shop.file_quota, "bytes": shop.byte_quota},
        used={"files": usage.used_files, "bytes": usage.used_bytes},
        asked={"files": number, "bytes": wanted.size},
    )
