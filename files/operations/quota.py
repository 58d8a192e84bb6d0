"""What an owner's row is charged with: reserved at registration, given back once, moved when a visit is claimed."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys, rules
from files.errors import QuotaExceeded, SessionClosed
from files.models import OwnerRow, SessionRow
from files.records import File, NewFile, SessionState, UploadSession, Usage
from imagestore.common import table, transaction
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost
from imagestore.identity.records import Shop


def reserve(shop: Shop, owner: str, files: Sequence[NewFile], principal: Principal, now: datetime) -> None:
    """Counts the files on the owner's own row. Raises QuotaExceeded, SessionClosed."""
    session = rules.session_of_owner(owner)
    if session is None:
        _reserve_for_customer(shop, owner, files, principal, now)
    else:
        _reserve_for_session(shop, session, files, now)


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
        more = [OwnerRow.used_files.add(session.used_files), OwnerRow.used_bytes.add(session.used_bytes)]
        known = first_sight(session.shop, owner, principal, now)
        writes = [
            transaction.update(SessionRow, key, [SessionRow.charge_moved_at.set(now)], as_read),
            transaction.update(OwnerRow, keys.owner_row(session.shop, owner), [*known, *more], None),
        ]
        with suppress(TransactionLost):
            transaction.commit(writes)
            return
        session = table.get(SessionRow, key, UploadSession, consistent=True) or session


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


def _reserve_for_customer(
    shop: Shop, owner: str, files: Sequence[NewFile], principal: Principal, now: datetime
) -> None:
    key, size = keys.owner_row(shop.id, owner), sum(file.size for file in files)
    if _fits_never(shop, files):
        _refuse(shop, table.get(OwnerRow, key, Usage) or Usage(), files)
    room = OwnerRow.used_bytes.does_not_exist() | _room(OwnerRow, shop, files)
    counted = [OwnerRow.used_files.add(len(files)), OwnerRow.used_bytes.add(size)]
    actions = [*first_sight(shop.id, owner, principal, now), *counted]
    won, usage = table.update(OwnerRow, key, actions, room, Usage)
    if not won:
        _refuse(shop, usage or Usage(), files)


def _reserve_for_session(shop: Shop, id: str, files: Sequence[NewFile], now: datetime) -> None:
    """Only while the session's own row is open: this decides, whatever lists say."""
    key, size = keys.session_row(shop.id, id), sum(file.size for file in files)
    running = (SessionRow.state == SessionState.OPEN) & (SessionRow.ends_at > now)
    counted = [SessionRow.used_files.add(len(files)), SessionRow.used_bytes.add(size)]
    if _fits_never(shop, files):
        _refuse(shop, table.get(SessionRow, key, Usage) or Usage(), files)
    won, visit = table.update(SessionRow, key, counted, running & _room(SessionRow, shop, files), UploadSession)
    if visit is None:
        raise SessionClosed("This visit was never opened: POST /sessions first.", state="unknown")
    if not won and (visit.state != SessionState.OPEN or visit.ends_at <= now):
        state = SessionState.ENDED if visit.state == SessionState.OPEN else visit.state
        raise SessionClosed(f"The upload session is {state}; it takes no more files.", state=state)
    if not won:
        _refuse(shop, Usage(visit.used_files, visit.used_bytes), files)
    if later := rules.slides_to(visit, now):
        _slide(visit, later)


def _slide(visit: UploadSession, later: datetime) -> None:
    """Once in some hours of use. Its due stays: the sweep that meets it early re-dates it."""
    as_seen = (SessionRow.state == SessionState.OPEN) & (SessionRow.ends_at == visit.ends_at)
    key = keys.session_row(visit.shop, visit.id)
    table.update(SessionRow, key, [SessionRow.ends_at.set(later)], as_seen, UploadSession)


def _room(row: type[OwnerRow | SessionRow], shop: Shop, files: Sequence[NewFile]) -> Condition:
    size = sum(file.size for file in files)
    condition: Condition = (row.used_bytes <= shop.byte_quota - size) & (row.used_files <= shop.file_quota - len(files))
    return condition


def _fits_never(shop: Shop, files: Sequence[NewFile]) -> bool:
    return sum(file.size for file in files) > shop.byte_quota or len(files) > shop.file_quota


def _subtract(shop: str, owner: str, size: int) -> None:
    less = [OwnerRow.used_files.add(-1), OwnerRow.used_bytes.add(-size)]
    table.update(OwnerRow, keys.owner_row(shop, owner), less, OwnerRow.pk.exists(), Usage)


def _refuse(shop: Shop, usage: Usage, files: Sequence[NewFile]) -> None:
    size = sum(file.size for file in files)
    raise QuotaExceeded(
        f"{len(files)} files of together {size} bytes do not fit into what is left.",
        "files",
        limit={"files": shop.file_quota, "bytes": shop.byte_quota},
        used={"files": usage.used_files, "bytes": usage.used_bytes},
        asked={"files": len(files), "bytes": size},
    )
