"""When renditions go, where a rule of the shop ends them: a row beside the file, written before they are made, so that
none is forgotten. Nothing is read or written for a shop without such a rule.
"""

from collections.abc import Sequence
from datetime import datetime

from files import keys, renditions, storage
from files.models import RenditionsRow, made_renditions
from files.records import DatedRenditions, File
from imagestore.common import due, table
from imagestore.common.batches import in_parallel
from imagestore.common.contracts import SliceReport
from imagestore.common.redating import changes
from imagestore.common.retention import RetentionPolicy
from imagestore.identity import queries as shops

DATED = "renditions_dated"


def date_before_making(file: File, now: datetime) -> None:
    """`file` as whoever makes them has claimed it. What an interrupted removal left goes first: of what is there it
    would be thought that it had just been made.
    """
    until = renditions.ending(shops.known_shop(file.shop).policy, now).at
    if until is None:
        return
    key = keys.renditions_row(file.id)
    _, row = table.update(RenditionsRow, key, made_renditions(file, now, until, now), None, DatedRenditions)
    if row and row.removing:
        storage.remove_entries(file.shop, file.id, row.removing - file.renditions)
        gone = [RenditionsRow.removing.delete(set(row.removing))]
        table.update(RenditionsRow, key, gone, RenditionsRow.pk.exists(), DatedRenditions)


def redate_renditions(
    files: Sequence[File], policy: RetentionPolicy, report: SliceReport, *, dry_run: bool, now: datetime
) -> None:
    """Those that have no date get one, as if all had been made with the decoding; those that have one, the policy's."""
    if renditions.ending(policy, now).at is None:
        return
    having = [file for file in files if file.renditions or file.claimed_until]
    rows = table.batch_get(RenditionsRow, [keys.renditions_row(file.id) for file in having], DatedRenditions, True)
    found = [(file, rows.get(keys.renditions_row(file.id))) for file in having]
    wrong = [(file, row) for file, row in found if _is_wrong(file, row, policy, now)]
    report.add(DATED, len(wrong))
    if not dry_run:
        in_parallel(lambda one: _redate(*one, policy, now), wrong)


def _until(file: File, row: DatedRenditions | None, policy: RetentionPolicy, now: datetime) -> datetime:
    return renditions.ending(policy, row.made_at if row else file.decoded_at or now).due_at


def _is_wrong(file: File, row: DatedRenditions | None, policy: RetentionPolicy, now: datetime) -> bool:
    """What is being removed has its date behind it."""
    if row is None:
        return True
    return not row.removing and changes(due.dated_to(row.due_sort), _until(file, row, policy, now))


def _redate(file: File, row: DatedRenditions | None, policy: RetentionPolicy, now: datetime) -> None:
    """Losing is well: some were made or removed meanwhile."""
    key, until = keys.renditions_row(file.id), max(_until(file, row, policy, now), now)
    made_at = row.made_at if row else file.decoded_at or now
    as_found = RenditionsRow.due_sort == row.due_sort if row else RenditionsRow.pk.does_not_exist()
    table.update(RenditionsRow, key, made_renditions(file, made_at, until, now), as_found, DatedRenditions)
