"""Confirmation: what arrived in storage is looked at, and the file becomes stored or rejected.

Events are hints: repeats, late and reordered ones change nothing, because only an awaited file can be decided.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.update import Action

from files import keys, rules, storage
from files.errors import FileNotFound, QuotaExceeded, UploadMissing
from files.models import FileRow, in_state, looked_at
from files.operations import quota
from files.operations.asking import ask_to_decode
from files.operations.counting import count_decided
from files.operations.rejecting import reject, too_late
from files.probe import BrokenImage, ImageFacts
from files.queries import file_of
from files.records import File, FileState
from imagestore.common import objects, table, transaction
from imagestore.common.errors import Unavailable
from imagestore.common.principal import Principal
from imagestore.common.retention import Subject
from imagestore.common.transaction import TransactionLost
from imagestore.identity import queries as shops
from imagestore.identity.records import Shop


def confirm_upload(*, id: str, principal: Principal, now: datetime, link: str | None = None) -> File:
    """For a client that will not wait for the event. With `link` only a file that came by it is known.

    Raises FileNotFound, UploadMissing.
    """
    file = file_of(principal, id)
    if link is not None and file.link != link:
        raise FileNotFound("No file with this id was uploaded by this link.")
    if file.state not in rules.AWAITED:
        return file
    confirmed = confirm(file, now)
    if confirmed is None:
        raise UploadMissing("Storage has no bytes of this file yet; upload it, then confirm again.")
    ask_to_decode([confirmed], now)
    count_decided([confirmed], now)
    return confirmed


def confirm(file: File, now: datetime) -> File | None:
    """By whichever way its bytes were to come."""
    way = confirm_form if file.form else confirm_arrival
    return way(shop_id=file.shop, id=file.id, now=now)


def confirm_form(*, shop_id: str, id: str, now: datetime) -> File | None:
    """Decides an awaited file by what a form brought; None when there is nothing or no such file.

    Clients can post again, so the very version that was looked at is copied to the final key, which no client can
    write; that copy is the file. Costs two reads of the row, one ranged read, a copy, a removal and a transaction.
    """
    shop, file = shops.shop(shop_id), _row(id)
    if shop is None or file is None or not file.form:
        return None
    if file.state not in rules.AWAITED:
        storage.remove_form(shop_id, id)
        return too_late(file)
    upload = storage.arrived_by_form(shop_id, id)
    try:
        decided = _take_in(shop, file, upload, now)
    except BrokenImage as broken:
        decided = reject(shop, id, broken, now)
    if upload is not None:
        storage.remove_form(shop_id, id, upload.version)
    return decided


def _take_in(shop: Shop, file: File, upload: storage.Arrived | None, now: datetime) -> File | None:
    """Raises BrokenImage; Unavailable when somebody else changes the file and leaves it undecided."""
    copied = _copied(file, upload)
    if copied is not None:
        return _store_form(shop, file, *copied, now)
    row = _row(file.id)
    return None if row is None or row.state in rules.AWAITED else too_late(row)


def _copied(file: File, upload: storage.Arrived | None) -> tuple[storage.Arrived, ImageFacts] | None:
    """What lies under the final key: a copy of what the form brought, or one that somebody else made before.

    Nothing when another confirmation took the form's bytes away, and a removal the copy.
    """
    if upload is not None:
        facts = _checked(file, keys.form_key(file.shop, file.id), upload)
        with suppress(objects.ObjectExists, objects.ObjectMissing):
            return replace(upload, version=storage.take_in(file.shop, file.id, upload.version)), facts
    taken = storage.arrived(file.shop, file.id)
    return (taken, _checked(file, keys.object_key(file.shop, file.id), taken)) if taken else None


def _checked(file: File, key: str, upload: storage.Arrived) -> ImageFacts:
    """Raises BrokenImage."""
    facts = storage.image_facts(key, upload)
    rules.check_image(facts, file.content_type)
    return facts


def _store_form(shop: Shop, file: File, taken: storage.Arrived, facts: ImageFacts, now: datetime) -> File | None:
    """Its bytes are counted by the very write that makes it stored. Raises BrokenImage, Unavailable."""
    told = [FileRow.size.set(taken.size), FileRow.charged.set(taken.size)]
    as_read = in_state(*rules.AWAITED) & (FileRow.charged == file.charged)
    actions = [*_as_stored(shop, file.id, taken, facts, now), *told]
    store = transaction.update(FileRow, keys.file_row(file.id), actions, as_read)
    try:
        quota.add_bytes_with(store, shop, file.owner, taken.size - (file.charged or 0), now)
    except QuotaExceeded as full:
        raise BrokenImage("quota-exceeded", "The storage quota is used up.") from full
    except TransactionLost as lost:
        row = _row(file.id)
        if row is not None and row.state in rules.AWAITED:
            raise Unavailable("The file was changed by someone else at this moment; confirm it again.") from lost
        if row is not None and row.object_version not in (None, taken.version):
            storage.remove_copy(file, taken.version)
        return too_late(row)
    return _row(file.id)


def _row(id: str) -> File | None:
    return table.get(FileRow, keys.file_row(id), File, consistent=True)


def confirm_arrival(*, shop_id: str, id: str, now: datetime) -> File | None:
    """Decides an awaited file by the bytes in storage; None when there are none or no such file.

    Costs one ranged read (TIFF, HEIF: at most two) and one conditional update, without reading the row.
    """
    shop, upload = shops.shop(shop_id), storage.arrived(shop_id, id)
    if upload is None or shop is None:
        return None
    try:
        facts = storage.image_facts(keys.object_key(shop_id, id), upload)
        rules.check_image(facts, upload.content_type)
        decided = _store(shop, id, upload, facts, now)
    except BrokenImage as broken:
        decided = reject(shop, id, broken, now)
    if decided is not None and decided.upload_id and not upload.assembled:
        # Begun in parts, it came whole: those are of no use to anybody.
        storage.abort_parts(decided)
    return decided


def _store(shop: Shop, id: str, upload: storage.Arrived, facts: ImageFacts, now: datetime) -> File | None:
    """The number of bytes was announced, and has to be this one."""
    condition = in_state(*rules.AWAITED) & (FileRow.size == upload.size) & FileRow.form.does_not_exist()
    won, row = table.update(FileRow, keys.file_row(id), _as_stored(shop, id, upload, facts, now), condition, File)
    if not won and row is not None and row.form:
        return row if row.state in rules.AWAITED else too_late(row)
    if not won and row is not None and row.state in rules.AWAITED:
        text = f"The upload has {upload.size} bytes, but {row.size} were announced."
        return reject(shop, id, BrokenImage("size-mismatch", text), now)
    return row if won else too_late(row)


def _as_stored(shop: Shop, id: str, upload: storage.Arrived, facts: ImageFacts, now: datetime) -> list[Action]:
    unused_until = now + shop.policy.keep(Subject.UNUSED_FILE)
    optional = [
        (FileRow.color_profile, facts.color_profile),
        (FileRow.taken_at, facts.taken_at),
        (FileRow.object_version, upload.version),
    ]
    return [
        FileRow.state.set(FileState.STORED),
        FileRow.stored_at.set(now),
        FileRow.content_type.set(facts.content_type),
        FileRow.width.set(facts.width),
        FileRow.height.set(facts.height),
        FileRow.orientation.set(facts.orientation),
        FileRow.purge_after.set(unused_until),
        *looked_at(rules.decoded_soon(unused_until, now), now=now, shop=shop.id, id=id),
        *(attribute.set(value) for attribute, value in optional if value is not None),
    ]
