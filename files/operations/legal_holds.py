"""Legal holds on files: one file's mark is placed with its hold, a customer's files are marked part by part.

The mark is a holder like any other, so that every purge refuses it; nothing else about the file changes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from files import keys, queries, rules
from files.models import FileRow, in_state
from files.operations import holding
from files.operations.erasing import visits_of
from files.records import File
from imagestore.common import table
from imagestore.common.batches import chunks
from imagestore.common.contracts import Part, SliceReport
from imagestore.common.principal import Principal
from imagestore.common.rows import Key
from imagestore.common.transaction import TransactionLost, Write, update
from imagestore.holds import operations as holds
from imagestore.holds import queries as known_holds
from imagestore.holds.errors import SubjectUnknown
from imagestore.holds.records import Hold
from imagestore.holds.rules import PLAN, holder
from imagestore.identity import queries as shops

DOMAIN = "files"
SETTLE_PART = "files.settle_hold_part"
LISTED_AT_ONCE = 1_000
PART_ITEMS = 297
"""Three transactions of 99 marks and a check."""


def hold_file(
    *, id: str, principal: Principal, reason: str, now: datetime, shop: str | None = None, hold_id: str | None = None
) -> Hold:
    """In whatever state it is. `shop`: whose it has to be, if it is known. Raises RoleMissing, SubjectUnknown."""
    file = queries.seen_by_staff(id)
    if file is None or shop not in (None, file.shop):
        raise SubjectUnknown("The shop has no such file.", "subject")

    def marks(hold: Hold) -> list[Write]:
        there = ~in_state(*rules.REMOVED) & (FileRow.shop == file.shop)
        return [update(FileRow, keys.file_row(id), [FileRow.holders.add({holder(hold.id)})], there)]

    subject = f"file:{id}"
    return holds.place(
        shop=file.shop, subject=subject, marks=marks, principal=principal, reason=reason, now=now, id=hold_id
    )


def settle_hold(*, hold_id: str, now: datetime) -> None:
    """Plans the marks of a customer's files, or takes the mark from a file whose hold was released."""
    hold = known_holds.find_hold(hold_id)
    if hold is None or not hold.left_in_files:
        return
    if hold.kind == "customer":
        holds.plan(hold, DOMAIN, SETTLE_PART, list(_parts(hold)), now)
        return
    _settle(hold, [keys.file_row(hold.of)], now)
    holds.finish_part(hold, DOMAIN, PLAN)


def settle_hold_part(*, hold_id: str, part: str, owner: str, low: str, high: str, now: datetime) -> SliceReport:
    """The files whose places in the owner's list are within. A part that comes too late changes nothing."""
    report, hold = SliceReport(), known_holds.find_hold(hold_id)
    if hold is None:
        return report
    entries = list(_entries(hold.shop, owner, low, high))
    try:
        changed = _settle(hold, [entry.key for entry in entries], now)
    except TransactionLost:
        changed = 0
    else:
        holds.finish_part(hold, DOMAIN, part)
    report.add("held" if hold.stands else "released", changed)
    report.add("skipped", len(entries) - changed)
    return report


def _parts(hold: Hold) -> Iterator[Part]:
    """Cut by their places in the lists: whatever leaves them meanwhile moves no border."""
    visits = visits_of(hold.shop, hold.subject)
    for owner in (hold.subject, *(rules.owner_of_session(visit.id) for visit in visits)):
        for few in chunks(_entries(hold.shop, owner), PART_ITEMS):
            payload = {"hold_id": hold.id, "owner": owner, "low": few[0].sort, "high": few[-1].sort}
            yield Part(items=len(few), payload=payload)


def _entries(shop: str, owner: str, low: str = "", high: str = table.BEYOND) -> Iterator[table.IndexEntry]:
    start = None
    while True:
        page = table.query_index(
            "by_owner", keys.files_of_owner(shop, owner), low=low, high=high, limit=LISTED_AT_ONCE, start=start
        )
        yield from page.items
        start = page.next
        if start is None:
            return


def _settle(hold: Hold, row_keys: Sequence[Key], now: datetime) -> int:
    files = table.batch_get(FileRow, row_keys, File, consistent=True).values()
    mine = holder(hold.id)
    if not hold.stands:
        marked = [file.id for file in files if mine in file.holders]
        policy = shops.known_shop(hold.shop).policy
        return holds.mark(hold, holding.release(ids=marked, holder=mine, shop=hold.shop, policy=policy, now=now))
    # What is still on its way has nothing to keep; what comes is the customer's, whose row every purge reads.
    bare = [file for file in files if mine not in file.holders and file.state not in (*rules.AWAITED, *rules.REMOVED)]
    return holds.mark(hold, [_marked(file, mine) for file in bare])


def _marked(file: File, mine: str) -> Write:
    as_found = ~in_state(*rules.REMOVED) & (FileRow.owner == file.owner)
    return update(FileRow, keys.file_row(file.id), [FileRow.holders.add({mine})], as_found)
