"""Shapes of requests and answers. Sizes are bytes, times UTC."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from files import rules
from files.operations.handoffs import Wanted
from files.operations.registering import Known, Registered
from files.records import File, FileState, NewFile, SessionState, UploadSession, Usage
from imagestore.common.errors import DomainError
from imagestore.common.principal import CUSTOMER, CUSTOMER_RULE
from imagestore.common.retention import NEVER
from imagestore.common.shapes import Whole
from imagestore.common.signing import SignedRead, SignedUpload

Shape = dict[str, Any]
"""An answer, ready to be written as JSON; the class it comes from documents and tests it."""
Text = Annotated[str, StringConstraints(max_length=1024)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


NAME = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069/\\]+$"


class NewFileIn(Schema):
    """Its limits are told here and checked file by file: one that is refused does not stop the others."""

    model_config = ConfigDict(extra="forbid")
    name: Text = Field(
        description="The file's name alone: no folders, line breaks, control characters or turned text.",
        examples=["beach.jpg"],
        json_schema_extra={"minLength": 1, "maxLength": rules.LONGEST_NAME, "pattern": NAME},
    )
    content_type: Text = Field(examples=["image/jpeg"], json_schema_extra={"enum": list(rules.CONTENT_TYPES)})
    size: Whole = Field(
        description="Bytes of the file.",
        examples=[2_183_204],
        json_schema_extra={"minimum": 1, "maximum": rules.LARGEST_FILE},
    )
    sha256: Text = Field(
        description="SHA-256 of all bytes, 64 hexadecimal digits.",
        examples=["9f" * 32],
        json_schema_extra={"pattern": "^[0-9a-f]{64}$"},
    )
    if_known: Literal["upload", "answer"] = Field(
        "upload", description="`answer`: if these bytes are stored already for the same owner, that file, no upload."
    )

    def record(self) -> NewFile:
        return NewFile(self.name, self.content_type, self.size, self.sha256, self.if_known == "answer")


class RegisterIn(Schema):
    model_config = ConfigDict(extra="forbid")
    files: list[NewFileIn] = Field(min_length=1, max_length=rules.MOST_PER_CALL)


class Reason(Schema):
    code: str = Field(examples=["type-mismatch"])
    text: str = Field(description="A sentence that a customer can read.")


class FileOut(Schema):
    id: str
    state: FileState
    name: str
    content_type: str = Field(description="As announced; once stored, as verified.")
    size: int
    sha256: str
    created_at: datetime
    stored_at: datetime | None = None
    decoded_at: datetime | None = Field(None, description="When all of its pixels were seen.")
    printable: bool = Field(description="Stored and decoded: it can be ordered.")
    width: int | None = Field(None, description="Pixels as stored, before `orientation` turns them.")
    height: int | None = None
    orientation: int | None = Field(None, description="EXIF orientation, 1 to 8.", ge=1, le=8)
    color_profile: str | None = None
    taken_at: str | None = Field(None, description="Local time of the camera.", examples=["2024-07-14T16:20:05"])
    camera: str | None = Field(None, description="Make and model.", examples=["Canon EOS R5"])
    dpi: int | None = Field(None, description="As the file tells it; cameras write an arbitrary 72.")
    location: str | None = Field(
        None, description="Latitude and longitude, only in shops that keep it.", examples=["52.51627,13.37770"]
    )
    reason: Reason | None = Field(None, description="Why the file was rejected.")
    holders: list[str] = Field(description="What uses the file, for example project:01J….")
    purge_after: datetime | None = Field(
        None, description="Not removed before; null while something uses the file, and for what is kept for ever."
    )

    @staticmethod
    def of(file: File) -> Shape:
        shape: Shape = {name: getattr(file, name) for name in _SAME}
        shape["reason"] = {"code": file.reason_code, "text": file.reason_text} if file.reason_code else None
        shape["holders"] = sorted(file.holders)
        # It is dated out of the sweep's sight then.
        for_ever = file.purge_after is not None and file.purge_after - file.created_at >= NEVER
        return shape | {"purge_after": None if for_ever else file.purge_after}


_SAME = [name for name in FileOut.model_fields if name not in ("reason", "holders")]


class UploadOut(Schema):
    """Send `size` bytes with exactly these headers. Storage refuses other bytes, a second upload and a late one."""

    method: str = Field(examples=["PUT"])
    url: str
    headers: dict[str, str]
    expires_at: datetime

    @staticmethod
    def of(upload: SignedUpload) -> Shape:
        return asdict(upload)


class Refused(Schema):
    code: str
    text: str
    field: str | None


class RegisteredOut(Schema):
    """Either `file` or `error`. `upload` is null for a file that takes none: its bytes are here."""

    file: FileOut | None = None
    upload: UploadOut | None = None
    error: Refused | None = None

    @staticmethod
    def of(item: Registered | Known | DomainError) -> Shape:
        if isinstance(item, DomainError):
            return {"error": {"code": item.code, "text": item.text, "field": item.field}}
        upload = UploadOut.of(item.upload) if isinstance(item, Registered) else None
        return {"file": FileOut.of(item.file), "upload": upload}


class RegisterOut(Schema):
    items: list[RegisteredOut] = Field(description="One for each file asked, in the same order.")


class FilePage(Schema):
    items: list[FileOut]
    next_cursor: str | None = Field(None, description="For the next page; null at the end.")


class LookupIn(Schema):
    model_config = ConfigDict(extra="forbid")
    sha256: list[Sha256] = Field(min_length=1, max_length=rules.MOST_PER_CALL, examples=[["9f" * 32]])


class LookedUp(Schema):
    sha256: str
    file: FileOut | None = Field(description="The owner's stored file with these bytes; null if there is none.")


class LookupOut(Schema):
    items: list[LookedUp] = Field(description="One for each hash asked, each once, in the same order.")

    @staticmethod
    def of(asked: Iterable[str], known: Mapping[str, File]) -> Shape:
        found = {digest: known.get(digest) for digest in asked}
        return {
            "items": [{"sha256": digest, "file": FileOut.of(file) if file else None} for digest, file in found.items()]
        }


class ContentOut(Schema):
    url: str
    expires_at: datetime

    @staticmethod
    def of(read: SignedRead) -> Shape:
        return asdict(read)


class SessionIn(Schema):
    model_config = ConfigDict(extra="forbid")
    customer: str | None = Field(
        None,
        pattern=f"^{CUSTOMER.pattern}$",
        description=f"Only for a shop's own token: whose visit it is from the start, {CUSTOMER_RULE}.",
    )


class SessionOut(Schema):
    id: str
    state: SessionState
    created_at: datetime
    ends_at: datetime = Field(description="Slides while photos come in, up to 24 hours after `created_at`.")
    customer: str | None = Field(None, description="Who claimed it, or whose visit it is.")
    used_files: int = Field(description="Registered in this visit before it was claimed.")
    used_bytes: int
    claimed_at: datetime | None = None
    ended_at: datetime | None = None
    settled_at: datetime | None = Field(None, description="When the last of its files had been seen to.")
    token: str | None = Field(None, description="A guest's bearer token, when a shop's server opened the session.")

    @staticmethod
    def of(session: UploadSession, token: str | None = None) -> Shape:
        return {name: getattr(session, name) for name in _OF_SESSION} | {"token": token}


_OF_SESSION = [name for name in SessionOut.model_fields if name != "token"]


class HandoffIn(Schema):
    model_config = ConfigDict(extra="forbid")
    minutes: Whole = Field(
        30, description="How long the link works: 1 to 1440.", json_schema_extra={"minimum": 1, "maximum": 1440}
    )
    most_files: Whole = Field(
        100, description="How many photos it takes: 1 to 500.", json_schema_extra={"minimum": 1, "maximum": 500}
    )
    keep_until: datetime | None = Field(
        None, description="Keeps what it adds at least until then, beyond the session; within 366 days."
    )

    def record(self) -> Wanted:
        keep_until = self.keep_until
        if keep_until is not None and keep_until.tzinfo is None:
            keep_until = keep_until.replace(tzinfo=UTC)
        return Wanted(timedelta(minutes=max(0, min(self.minutes, 10_000))), self.most_files, keep_until)


class HandoffOut(Schema):
    id: str
    url: str = Field(description="The phone page; whoever has it may add photos to the visit.")
    qr_svg: str = Field(description="The url as a QR code, an SVG element to put into a page.")
    token: str
    ends_at: datetime
    most_files: int
    keep_until: datetime | None = None


class DeleteIn(Schema):
    model_config = ConfigDict(extra="forbid")
    ids: list[Annotated[str, StringConstraints(max_length=26)]] = Field(min_length=1, max_length=rules.MOST_PER_CALL)


class Undeleted(Refused):
    holders: list[str] = Field([], description="What uses the file.")


class DeletedItem(Schema):
    """Trashed, or `error`."""

    id: str
    state: str | None = Field(
        None, examples=["trashed"], description="`deleting` for one that was never stored: nothing to restore."
    )
    error: Undeleted | None = None

    @staticmethod
    def of(id: str, outcome: File | DomainError) -> Shape:
        if isinstance(outcome, File):
            return {"id": id, "state": outcome.state}
        error = {"code": outcome.code, "text": outcome.text, "field": outcome.field}
        return {"id": id, "error": error | {"holders": outcome.facts.get("holders", [])}}


class DeletedOut(Schema):
    items: list[DeletedItem] = Field(description="One for each id, in the order asked; an id named twice once.")


class Amount(Schema):
    files: int
    bytes: int


class UsageOut(Schema):
    used: Amount = Field(description="Stored, and reserved for uploads that are still to come.")
    limit: Amount

    @staticmethod
    def of(used: Usage, limit: Usage) -> Shape:
        return {
            name: {"files": amount.used_files, "bytes": amount.used_bytes}
            for name, amount in (("used", used), ("limit", limit))
        }


class LinkIn(Schema):
    model_config = ConfigDict(extra="forbid")
    minutes: Whole = Field(60, ge=1, le=24 * 60, description="How long the link works.")


class LinkOut(Schema):
    url: str = Field(description="Routes under it register and confirm files; for Uppy: `companionEndpoint`.")
    expires_at: datetime
