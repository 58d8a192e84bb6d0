"""Registration: a reserved place, a row and a signed url for each file; the bytes never come through here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from files import keys, rules, storage
from files.errors import FileInvalid, NothingRegistered, QuotaExceeded, UploadClosed
from files.models import OwnerRow, new_row
from files.queries import file_of
from files.records import File, FileState, NewFile, Usage
from imagestore.common import ids, table
from imagestore.common.principal import Principal
from imagestore.common.signing import SignedUpload, Signer
from imagestore.identity import queries as shops
from imagestore.identity.records import Shop


@dataclass(frozen=True, slots=True)
class Registered:
    file: File
    upload: SignedUpload


def register(
    *, wanted: Sequence[NewFile], owner: str, principal: Principal, now: datetime
) -> list[Registered | FileInvalid]:
    """Rows `registered` and an upload url for each acceptable file, in the order asked; the others say why not.

    Raises NothingRegistered when all are refused, QuotaExceeded when the acceptable ones do not fit together.
    """
    shop = shops.known_shop(principal.shop)
    refused = [_refusal(file, index) for index, file in enumerate(wanted)]
    accepted = [file for file, refusal in zip(wanted, refused, strict=True) if refusal is None]
    if not accepted:
        raise NothingRegistered([refusal for refusal in refused if refusal])
    _reserve(shop, owner, accepted, principal, now)
    files = [_new_file(file, shop.id, owner, now) for file in accepted]
    table.put_batch([new_row(file, now + shop.policy.abandoned_upload) for file in files])
    signer = Signer(now)
    made = iter(Registered(file, storage.sign_upload(signer, file)) for file in files)
    return [refusal or next(made) for refusal in refused]


def sign_again(*, id: str, principal: Principal, now: datetime) -> Registered:
    """A fresh url for a file whose bytes have not been verified yet. Raises FileNotFound, UploadClosed."""
    file = file_of(principal, id)
    if file.state not in rules.AWAITED:
        raise UploadClosed(f"The file is {file.state}; only a registered file can be uploaded.", state=file.state)
    return Registered(file, storage.sign_upload(Signer(now), file))


def _refusal(file: NewFile, index: int) -> FileInvalid | None:
    try:
        rules.check_new(file, f"files.{index}")
    except FileInvalid as refusal:
        return refusal
    return None


def _new_file(file: NewFile, shop: str, owner: str, now: datetime) -> File:
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
    )


def _reserve(shop: Shop, owner: str, files: Sequence[NewFile], principal: Principal, now: datetime) -> None:
    """Counts the files on the owner's own row, which the first registration makes."""
    asked_bytes, owner_row = sum(file.size for file in files), keys.owner_row(shop.id, owner)
    if asked_bytes > shop.byte_quota or len(files) > shop.file_quota:
        _refuse(shop, table.get(OwnerRow, owner_row, Usage) or Usage(), len(files), asked_bytes)
    room = (OwnerRow.used_bytes.does_not_exist()) | (
        (OwnerRow.used_bytes <= shop.byte_quota - asked_bytes) & (OwnerRow.used_files <= shop.file_quota - len(files))
    )
    first = [
        OwnerRow.shop.set(OwnerRow.shop | shop.id),
        OwnerRow.owner.set(OwnerRow.owner | owner),
        OwnerRow.created_at.set(OwnerRow.created_at | now),
        OwnerRow.attention_key.set(OwnerRow.attention_key | keys.owners_of_shop(shop.id, owner)),
        OwnerRow.attention_sort.set(OwnerRow.attention_sort | owner),
    ]
    told = [(OwnerRow.email, principal.email), (OwnerRow.name, principal.name)]
    counted = [OwnerRow.used_files.add(len(files)), OwnerRow.used_bytes.add(asked_bytes)]
    outcome = table.update(
        OwnerRow,
        owner_row,
        [*first, *(attribute.set(value) for attribute, value in told if value), *counted],
        room,
        Usage,
    )
    if not outcome.won:
        _refuse(shop, outcome.row or Usage(), len(files), asked_bytes)


def _refuse(shop: Shop, usage: Usage, files: int, size: int) -> None:
    raise QuotaExceeded(
        f"{files} files of together {size} bytes do not fit into what is left.",
        "files",
        limit={"files": shop.file_quota, "bytes": shop.byte_quota},
        used={"files": usage.used_files, "bytes": usage.used_bytes},
        asked={"files": files, "bytes": size},
    )
