"""Registration: a reserved place, a row and a signed url for each file; the bytes never come through here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from files import rules, storage
from files.errors import FileInvalid, NothingRegistered, UploadClosed
from files.models import new_row
from files.operations import quota
from files.queries import file_of, known_files
from files.records import File, FileState, NewFile
from imagestore.common import ids, table
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedUpload, Signer
from imagestore.identity import queries as shops


@dataclass(frozen=True, slots=True)
class Registered:
    file: File
    upload: SignedUpload


@dataclass(frozen=True, slots=True)
class Known:
    """A file whose bytes are here: it takes no upload."""

    file: File


def register(
    *,
    wanted: Sequence[NewFile],
    owner: str,
    principal: Principal,
    now: datetime,
    keep_until: datetime | None = None,
) -> list[Registered | Known | FileInvalid]:
    """Rows `registered` and an upload url for each acceptable file, in the order asked; the others say why not.
    Of one that may be answered by the same owner's stored file, that file, if there is one: it costs no quota.

    Raises NothingRegistered when all are refused, QuotaExceeded when the acceptable ones do not fit together,
    SessionClosed for a visit that was claimed or is over.
    """
    shop = shops.known_shop(principal.shop)
    refused = [_refusal(file, index) for index, file in enumerate(wanted)]
    accepted = [file for file, refusal in zip(wanted, refused, strict=True) if refusal is None]
    if not accepted:
        raise NothingRegistered([refusal for refusal in refused if refusal])
    known = _known(accepted, shop.id, owner)
    missing = [file for file in accepted if not _is_known(file, known)]
    if missing:
        quota.reserve(shop, owner, missing, principal, now)
    files = [_new_file(file, shop.id, owner, keep_until, now) for file in missing]
    table.put_batch([new_row(file, now + shop.policy.abandoned_upload) for file in files])
    signer = Signer(now)
    made = iter(Registered(file, storage.sign_upload(signer, file)) for file in files)
    answered = iter(Known(known[file.sha256]) if _is_known(file, known) else next(made) for file in accepted)
    return [refusal or next(answered) for refusal in refused]


def sign_again(*, id: str, principal: Principal, now: datetime) -> Registered:
    """A fresh url for a file whose bytes have not been verified yet. Raises FileNotFound, UploadClosed."""
    file = file_of(principal, id)
    if file.state not in rules.AWAITED:
        raise UploadClosed(f"The file is {file.state}; only a registered file can be uploaded.", state=file.state)
    return Registered(file, storage.sign_upload(Signer(now), file))


def _known(wanted: Sequence[NewFile], shop: str, owner: str) -> dict[str, File]:
    hashes = {file.sha256 for file in wanted if file.answer_known}
    return known_files(shop=shop, owner=owner, hashes=hashes) if hashes else {}


def _is_known(file: NewFile, known: Mapping[str, File]) -> bool:
    return file.answer_known and file.sha256 in known


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
