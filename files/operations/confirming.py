"""Confirmation: what arrived in storage is looked at, and the file becomes stored or rejected.

Events are hints: repeats, late and reordered ones change nothing, because only an awaited file can be decided.
"""

from dataclasses import replace
from datetime import datetime

from pynamodb.expressions.condition import Condition

from files import keys, rules, storage
from files.errors import UploadMissing
from files.models import FileRow, in_state, looked_at, waits_until
from files.operations import quota
from files.operations.asking import ask_to_decode
from files.operations.counting import count_decided
from files.operations.quota import give_back
from files.probe import BrokenImage, ImageFacts
from files.queries import file_of
from files.records import File, FileState
from imagestore.common import objects, table
from imagestore.common.principal import Principal
from imagestore.identity import queries as shops
from imagestore.identity.records import Shop


def confirm_upload(*, id: str, principal: Principal, now: datetime) -> File:
    """For a client that will not wait for the event. Raises FileNotFound, UploadMissing."""
    file = file_of(principal, id)
    if file.state not in rules.AWAITED:
        return file
    confirmed = confirm(file, now)
    if confirmed is None:
        raise UploadMissing("Storage has no bytes of this file yet; upload it, then confirm again.")
    ask_to_decode([confirmed])
    count_decided([confirmed], now)
    return confirmed


def confirm(file: File, now: datetime) -> File | None:
    """By whichever way its bytes were to come."""
    way = confirm_form if file.form else confirm_arrival
    return way(shop_id=file.shop, id=file.id, now=now)


def confirm_form(*, shop_id: str, id: str, now: datetime) -> File | None:
    """Decides an awaited file by what a form brought; None when there is nothing or no such file.

    Clients can post again, so the very version that was looked at is copied to the final key, which no client can
    write; that copy is the file. Costs a read of the row, one ranged read, a copy, a removal and two updates.
    """
    shop, file = shops.shop(shop_id), table.get(FileRow, keys.file_row(id), File, consistent=True)
    if shop is None or file is None or not file.form:
        return None
    if file.state not in rules.AWAITED:
        storage.remove_form(shop_id, id)
        return _too_late(file)
    upload = storage.arrived_by_form(shop_id, id)
    if upload is None:
        return None
    try:
        decided = _take_in(shop, file, upload, now)
    except BrokenImage as broken:
        decided = reject(shop, id, broken, now)
    storage.remove_form(shop_id, id, upload.version)
    return decided


def _take_in(shop: Shop, file: File, upload: storage.Arrived, now: datetime) -> File | None:
    """Raises BrokenImage."""
    facts = storage.image_facts(keys.form_key(shop.id, file.id), upload)
    rules.check_image(facts, file.content_type)
    try:
        copied = storage.take_in(shop.id, file.id, upload.version)
        taken = replace(upload, version=copied)
    except objects.ObjectExists:
        # Whoever copied before died before the row was changed: that copy is the file.
        taken = storage.arrived(shop.id, file.id) or upload
        facts = storage.image_facts(keys.object_key(shop.id, file.id), taken)
    if not quota.add_bytes(shop, file.owner, taken.size):
        raise BrokenImage("quota-exceeded", "The storage quota is used up.")
    stored = _store(shop, file.id, taken, facts, now, sized=False)
    if stored is None or stored.stored_at != now:
        quota.subtract_bytes(shop.id, file.owner, taken.size)
    return stored


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


def _store(
    shop: Shop, id: str, upload: storage.Arrived, facts: ImageFacts, now: datetime, *, sized: bool = True
) -> File | None:
    """`sized`: the number of bytes was announced, and has to be this one."""
    unused_until = now + shop.policy.unused_file
    actions = [
        FileRow.state.set(FileState.STORED),
        FileRow.stored_at.set(now),
        FileRow.content_type.set(facts.content_type),
        FileRow.width.set(facts.width),
        FileRow.height.set(facts.height),
        FileRow.orientation.set(facts.orientation),
        FileRow.purge_after.set(unused_until),
        *looked_at(rules.decoded_soon(unused_until, now), now=now, shop=shop.id, id=id),
    ]
    optional = [
        (FileRow.color_profile, facts.color_profile),
        (FileRow.taken_at, facts.taken_at),
        (FileRow.object_version, upload.version),
    ]
    actions += [attribute.set(value) for attribute, value in optional if value is not None]
    condition = in_state(*rules.AWAITED)
    if sized:
        condition &= (FileRow.size == upload.size) & FileRow.form.does_not_exist()
    else:
        actions += [FileRow.size.set(upload.size), FileRow.charged.set(upload.size)]
    won, row = table.update(FileRow, keys.file_row(id), actions, condition, File)
    if not won and row is not None and row.form:
        return row if row.state in rules.AWAITED else _too_late(row)
    if not won and row is not None and row.state in rules.AWAITED:
        text = f"The upload has {upload.size} bytes, but {row.size} were announced."
        return reject(shop, id, BrokenImage("size-mismatch", text), now)
    return row if won else _too_late(row)


def reject(shop: Shop, id: str, broken: BrokenImage, now: datetime, condition: Condition | None = None) -> File | None:
    """`condition`: what must hold of the row; that it is awaited, unless told otherwise."""
    actions = [
        FileRow.state.set(FileState.REJECTED),
        FileRow.rejected_at.set(now),
        FileRow.reason_code.set(broken.code),
        FileRow.reason_text.set(broken.text),
        FileRow.attention_key.set(keys.rejected_files(shop.id)),
        FileRow.attention_sort.set(id),
        FileRow.charged.remove(),
        FileRow.claimed_until.remove(),
        *waits_until(now + shop.policy.rejected_file, now=now, shop=shop.id, id=id),
    ]
    condition = in_state(*rules.AWAITED) if condition is None else condition
    won, row = table.update(FileRow, keys.file_row(id), actions, condition, File, answer_old=True)
    if not won or row is None:
        return _too_late(row)
    give_back(row)
    return replace(row, state=FileState.REJECTED, rejected_at=now, reason_code=broken.code, reason_text=broken.text)


def _too_late(row: File | None) -> File | None:
    """The file was decided before; bytes that come for one being removed are removed again."""
    if row is not None and row.state in rules.REMOVED:
        storage.remove_late(row.shop, row.id)
    return row
