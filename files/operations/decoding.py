"""Decoding: all bytes of a stored file are looked at once, and then it is printable or rejected."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from files import keys, models, rules
from files.decoding.process import Unsettled
from files.models import FileRow, claimed_by, in_state, looked_at, waits_no_more
from files.operations import claiming
from files.operations.asking import send_to_decode
from files.operations.examining import Examined, examine
from files.operations.rejecting import reject
from files.probe import BrokenImage
from files.records import File
from imagestore.common import table
from imagestore.identity import queries as shops

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
BATCH_SECONDS = 15
"""No file of a message is begun later; the rest is sent again, so that a Lambda function ends in time."""
TRIES = 5


def decode(*, ids: Sequence[str], clock: Clock) -> None:
    """Each file on its own: what fails is logged and stays due. A repeat does nothing for files that are decoded."""
    began = time.monotonic()
    for position, id in enumerate(ids):
        if position and time.monotonic() - began > BATCH_SECONDS:
            send_to_decode(ids[position:])
            return
        try:
            decode_file(id=id, clock=clock)
        except Exception:
            log.exception("file %s could not be decoded; it stays due", id)


def decode_file(*, id: str, clock: Clock, patience: float | None = None) -> File | None:
    """The file as it is afterwards: decoded, rejected, or as somebody else has it who is at work on it.

    Raises what leaves it undecided: see `examine`.
    """
    claimed, file = claiming.claim(id, clock(), models.undecoded())
    if not claimed or file is None:
        return file
    try:
        found = examine(file, rules.FIRST_RENDITIONS, patience)
        renditions = claiming.put_renditions(file, found.renditions, clock())
    except BrokenImage as broken:
        return _reject(file, broken, clock())
    except Unsettled as unsettled:
        return _doubt(file, unsettled, clock())
    except Exception:
        claiming.let_go(file)
        raise
    return _settle(file, found, renditions, clock())


def _reject(file: File, broken: BrokenImage, now: datetime) -> File | None:
    """Its holders stay: whoever uses the photo is told so. The charge is given back by whoever removes it."""
    condition = in_state(*rules.READABLE) & models.undecoded() & claimed_by(file)
    return reject(shops.known_shop(file.shop), file.id, broken, now, condition)


def _doubt(file: File, unsettled: Unsettled, now: datetime) -> File | None:
    """A machine may be out of memory or time once; a photo that ends every decoder for an hour does it itself."""
    if unsettled.by_a_fault_here or now - (file.stored_at or now) < rules.PATIENCE:
        claiming.let_go(file)
        raise unsettled
    words = "The photo could not be decoded in several tries. Export it again and send that."
    return _reject(file, BrokenImage("decoder-ended", words), now)


def _settle(file: File, found: Examined, renditions: set[str], now: datetime) -> File | None:
    row: File | None = file
    for _ in range(TRIES):
        actions = _decoded(file, found, renditions, now)
        won, row = table.update(FileRow, keys.file_row(file.id), actions, _as_read(file), File)
        if won:
            return row
        if row is None or not row.undecoded or row.claimed_until != file.claimed_until:
            break
        file = row
    claiming.lost(file, row)
    return row


def _as_read(file: File) -> Condition:
    """Nobody held, released, trashed or re-dated it since: its due is set by what was read."""
    held = FileRow.holders.exists() if file.holders else FileRow.holders.does_not_exist()
    unmoved = FileRow.due_sort == file.due_sort
    condition: Condition = in_state(file.state) & models.undecoded() & claimed_by(file) & held & unmoved
    return condition


def _decoded(file: File, found: Examined, renditions: set[str], now: datetime) -> list[Action]:
    facts, shop = found.facts, shops.known_shop(file.shop)
    told: list[tuple[Any, object]] = [
        (FileRow.color_profile, facts.color_profile),
        (FileRow.taken_at, facts.taken_at),
        (FileRow.camera, facts.camera),
        (FileRow.dpi, facts.dpi),
        (FileRow.location, facts.location if shop.keep_gps else None),
    ]
    return [
        FileRow.decoded_at.set(now),
        FileRow.claimed_until.remove(),
        FileRow.sha256.set(FileRow.sha256 | found.sha256),
        FileRow.width.set(facts.width),
        FileRow.height.set(facts.height),
        FileRow.orientation.set(facts.orientation),
        *([FileRow.renditions.set(renditions)] if renditions else []),
        *([] if file.sha256 else [FileRow.owner_sort.set(keys.place_of_file(file.id, found.sha256))]),
        *(attribute.set(value) for attribute, value in told if value is not None),
        *_due(file, rules.ending(file, shop.policy).due_at, now),
    ]


def _due(file: File, stored_until: datetime, now: datetime) -> list[Action]:
    """A held file leaves `by_due`; another waits for the date that it has had all along."""
    if file.holders:
        return waits_no_more()
    return looked_at(file.purge_after or stored_until, now=now, shop=file.shop, id=file.id)
