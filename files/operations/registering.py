"""Registration: a reserved place, a row and a signed url for each file; the bytes never come through here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from files import rules, storage
from files.errors import FileInvalid, NothingRegistered, UploadClosed
from files.models import new_row
from files.operations import quota
from files.operations.quota import Reservation
from files.queries import file_of, files_by_id
from files.records import File, FileState, NewFile
from imagestore.common import idempotency, ids, table
from imagestore.common.idempotency import HEADER, Asked, RequestUnderWay
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedForm, SignedUpload, Signer
from imagestore.identity import queries as shops
from imagestore.identity.records import Shop


@dataclass(frozen=True, slots=True)
class Registered:
    file: File
    upload: SignedUpload


@dataclass(frozen=True, slots=True)
class Known:
    """A file that takes no upload any more, as a repeated call may find it."""

    file: File


def register(
    *,
    wanted: Sequence[NewFile],
    owner: str,
    principal: Principal,
    now: datetime,
    keep_until: datetime | None = None,
    asked: Asked | None = None,
) -> list[Registered | Known | FileInvalid]:
    """Rows `registered` and an upload url for each acceptable file, in the order asked; the others say why not.

    Raises NothingRegistered when all are refused, QuotaExceeded when the acceptable ones do not fit together,
    SessionClosed for a visit that was claimed or is over; with `asked` KeyReused, RequestUnderWay.
    """
    shop = shops.known_shop(principal.shop)
    refused = [_refusal(file, index) for index, file in enumerate(wanted)]
    accepted = [file for file, refusal in zip(wanted, refused, strict=True) if refusal is None]
    if not accepted:
        raise NothingRegistered([refusal for refusal in refused if refusal])
    files = [_new_file(file, shop.id, owner, keep_until, now) for file in accepted]
    joining = idempotency.record(asked, [file.id for file in files], now) if asked else None
    try:
        quota.reserve(Reservation(shop, owner, accepted, principal, now, joining))
        table.put_batch([new_row(file, now + shop.policy.abandoned_upload) for file in files])
    except quota.Repeated:
        files = _as_first_made(files, shop, now, asked) if asked else files
    signer = Signer(now)
    made = iter(_signed(signer, file) for file in files)
    return [refusal or next(made) for refusal in refused]


@dataclass(frozen=True, slots=True)
class RegisteredForm:
    file: File
    form: SignedForm


def register_form(
    *,
    name: str,
    content_type: str,
    owner: str,
    principal: Principal,
    now: datetime,
    keep_until: datetime | None = None,
) -> RegisteredForm:
    """For clients that tell neither size nor hash: its bytes are counted when they are there.

    Raises FileInvalid, QuotaExceeded, SessionClosed.
    """
    shop = shops.known_shop(principal.shop)
    wanted = NewFile(name, content_type, 0, "")
    rules.check_named(wanted)
    quota.reserve(Reservation(shop, owner, [wanted], principal, now))
    file = replace(_new_file(wanted, shop.id, owner, keep_until, now), form=True)
    table.put_batch([new_row(file, now + shop.policy.abandoned_upload)])
    return RegisteredForm(file, storage.sign_form(Signer(now), file))


def sign_again(*, id: str, principal: Principal, now: datetime) -> Registered:
    """A fresh url for a file whose bytes have not been verified yet. Raises FileNotFound, UploadClosed."""
    file = file_of(principal, id)
    if file.state not in rules.AWAITED:
        raise UploadClosed(f"The file is {file.state}; only a registered file can be uploaded.", state=file.state)
    if file.form:
        raise UploadClosed("The file comes by a form; register it again for another one.", state=file.state)
    return Registered(file, storage.sign_upload(Signer(now), file))


def _as_first_made(files: Sequence[File], shop: Shop, now: datetime, asked: Asked) -> list[File]:
    """Rows that the first call had no time to write are written now: their places are reserved."""
    first = idempotency.recorded(asked)
    known = files_by_id(first.ids, consistent=True)
    if len(known) < len(first.ids):
        if idempotency.is_under_way(first, now):
            raise RequestUnderWay("The first call with this key is still at work. Try again shortly.", field=HEADER)
        meant = [replace(file, id=id, created_at=first.created_at) for id, file in zip(first.ids, files, strict=True)]
        for file in meant:
            if file.id not in known:
                table.put_new(new_row(file, now + shop.policy.abandoned_upload))
        known = files_by_id(first.ids, consistent=True)
    return [known[id] for id in first.ids]


def _signed(signer: Signer, file: File) -> Registered | Known:
    awaited = file.state in rules.AWAITED and not file.form
    return Registered(file, storage.sign_upload(signer, file)) if awaited else Known(file)


def _refusal(file: NewFile, index: int) -> FileInvalid | None:
    try:
        rules.check_new(file, f"files.{index}")
    except FileInvalid as refusal:
        return refusal
    return None


def _new_file(file: NewFile, shop: str, owner: str, keep_until: datetime | None, now: datetime) -> File:
    return File(
        id=ids.new_id(now),
        shop=shop,
        owner=owner,
        state=FileState.REGISTERED,
        size=file.size,
        created_at=now,
        name=file.name,
        content_type=file.content_type,
        sha256=file.sha256,
        keep_until=keep_until,
    )
