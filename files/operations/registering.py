"""Registration: a reserved place, a row and a signed url for each file; the bytes never come through here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from files import rules, storage
from files.errors import FileInvalid, FileNotFound, NothingRegistered, QuotaExceeded, UploadClosed
from files.models import new_row
from files.operations import quota
from files.operations.quota import Reservation
from files.queries import file_of, files_by_id, known_files
from files.records import File, FileState, NewFile
from imagestore.common import idempotency, ids, table, transaction
from imagestore.common.idempotency import Asked, Repeated
from imagestore.common.principal import Principal
from imagestore.common.retention import Subject
from imagestore.common.signing import SignedForm, SignedUpload, Signer
from imagestore.identity import queries as shops
from imagestore.identity.records import Shop


@dataclass(frozen=True, slots=True)
class Registered:
    file: File
    upload: SignedUpload


@dataclass(frozen=True, slots=True)
class Known:
    """A file that takes no upload: its bytes are here, or it was decided since a first call."""

    file: File


def register(
    *,
    wanted: Sequence[NewFile],
    owner: str,
    principal: Principal,
    now: datetime,
    keep_until: datetime | None = None,
    asked: Asked | None = None,
) -> list[Registered | Known | FileInvalid | FileNotFound]:
    """Rows `registered` and an upload url for each acceptable file, in the order asked; the others say why not.
    Of one that may be answered by the same owner's stored file, that file, if there is one: it costs no quota.

    Raises NothingRegistered when all are refused, QuotaExceeded when the acceptable ones do not fit together,
    SessionClosed for a visit that was claimed or is over; with `asked` KeyReused, RequestUnderWay.
    """
    shop = shops.known_shop(principal.shop)
    refused = [_refusal(file, index) for index, file in enumerate(wanted)]
    accepted = [file for file, refusal in zip(wanted, refused, strict=True) if refusal is None]
    if not accepted:
        raise NothingRegistered([refusal for refusal in refused if refusal])
    meant = [_new_file(file, shop.id, owner, keep_until, now) for file in accepted]
    files = _or_known(meant, accepted)
    new = [file for file in files if file.state == FileState.REGISTERED]
    joining = idempotency.record(asked, [file.id for file in files], now) if asked else None
    try:
        if new:
            quota.reserve(Reservation(shop, owner, new, principal, now, joining))
            _put(new, shop, now, asked)
    except (Repeated, QuotaExceeded) as refused_now:
        # What was made once is answered, whatever the quota is by now.
        if asked is None or not (isinstance(refused_now, Repeated) or idempotency.was_recorded(asked, now)):
            raise
        files = _as_first_made(Reservation(shop, owner, meant, principal, now), asked)
    signer = Signer(now)
    answered = iter(_answer(signer, file) for file in files)
    return [refusal or next(answered) for refusal in refused]


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
    link: str | None = None,
) -> RegisteredForm:
    """For clients that tell neither size nor hash: its bytes are counted when they are there. `link`: its mark.

    Raises FileInvalid, QuotaExceeded, SessionClosed.
    """
    file = unannounced(
        name=name, content_type=content_type, owner=owner, principal=principal, keep_until=keep_until, now=now
    )
    file = replace(file, form=True, link=link)
    put_unannounced(file, principal, now)
    return RegisteredForm(file, storage.sign_form(Signer(now), file))


def unannounced(
    *, name: str, content_type: str, owner: str, principal: Principal, keep_until: datetime | None, now: datetime
) -> File:
    """A file of which neither size nor hash is told. Raises FileInvalid."""
    wanted = NewFile(name, rules.type_of(name, content_type), 0, "")
    rules.check_named(wanted)
    return _new_file(wanted, principal.shop, owner, keep_until, now)


def put_unannounced(file: File, principal: Principal, now: datetime) -> None:
    """Raises QuotaExceeded, SessionClosed."""
    shop = shops.known_shop(file.shop)
    quota.reserve(Reservation(shop, file.owner, [file], principal, now))
    table.put_batch([new_row(file, now + shop.policy.keep(Subject.ABANDONED_UPLOAD))])


def sign_again(*, id: str, principal: Principal, now: datetime) -> Registered:
    """A fresh url for a file whose bytes have not been verified yet. Raises FileNotFound, UploadClosed."""
    file = file_of(principal, id)
    if file.state not in rules.AWAITED:
        raise UploadClosed(f"The file is {file.state}; only a registered file can be uploaded.", state=file.state)
    if not file.announced:
        raise UploadClosed("The file comes by a form or a link; register it again to send it so.", state=file.state)
    return Registered(file, storage.sign_upload(Signer(now), file))


def _or_known(meant: Sequence[File], accepted: Sequence[NewFile]) -> list[File]:
    """The owner's stored files in place of those that may be answered by them."""
    hashes = {file.sha256 for file in accepted if file.answer_known}
    known = known_files(shop=meant[0].shop, owner=meant[0].owner, hashes=hashes) if hashes else {}
    return [
        known.get(wanted.sha256, file) if wanted.answer_known else file
        for file, wanted in zip(meant, accepted, strict=True)
    ]


def _put(files: Sequence[File], shop: Shop, now: datetime, asked: Asked | None) -> None:
    """Rows of a call that may be repeated are put only where there are none: a repeat may have been faster."""
    rows = [new_row(file, now + shop.policy.keep(Subject.ABANDONED_UPLOAD)) for file in files]
    if asked is None:
        table.put_batch(rows)
    else:
        transaction.put_missing(rows)


def _as_first_made(meant: Reservation, asked: Asked) -> list[File]:
    """Rows that the first call had no time to write are written now: their places are reserved."""
    first = idempotency.recorded(asked)
    found = files_by_id(first.ids, consistent=True)
    if len(found) < len(set(first.ids)):
        idempotency.check_over(first, meant.now)
        pairs = zip(first.ids, meant.files, strict=True)
        missing = [replace(file, id=id, created_at=first.created_at) for id, file in pairs if id not in found]
        quota.keep(replace(meant, files=missing), first.created_at)
        _put(missing, meant.shop, meant.now, asked)
        found = files_by_id(first.ids, consistent=True)
    return [found[id] for id in first.ids]


def _answer(signer: Signer, file: File) -> Registered | Known | FileNotFound:
    if file.state in rules.REMOVED:
        return FileNotFound("The file was removed since.")
    awaited = file.state in rules.AWAITED and file.announced
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
