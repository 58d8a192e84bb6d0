"""Shapes of requests and answers. Sizes are bytes, times UTC."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from files import rules
from files.operations.registering import Registered
from files.records import File, FileState, NewFile
from imagestore.common.errors import DomainError
from imagestore.common.signing import SignedRead, SignedUpload

Shape = dict[str, Any]
"""An answer, ready to be written as JSON; the class it comes from documents and tests it."""
Text = Annotated[str, StringConstraints(max_length=1024)]


class NewFileIn(Schema):
    model_config = ConfigDict(extra="forbid")
    name: Text = Field(description="The file's name alone, no folders.", examples=["beach.jpg"])
    content_type: Text = Field(description=f"One of {', '.join(rules.CONTENT_TYPES)}.", examples=["image/jpeg"])
    size: int = Field(strict=True, description="Bytes of the file.", examples=[2_183_204])
    sha256: Text = Field(description="SHA-256 of all bytes, 64 hexadecimal digits.", examples=["9f" * 32])

    def record(self) -> NewFile:
        return NewFile(self.name, self.content_type, self.size, self.sha256)


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
    purge_after: datetime | None = Field(None, description="Not removed before; null while something uses the file.")

    @staticmethod
    def of(file: File) -> Shape:
        shape: Shape = {name: getattr(file, name) for name in _SAME}
        shape["reason"] = {"code": file.reason_code, "text": file.reason_text} if file.reason_code else None
        shape["holders"] = sorted(file.holders)
        return shape


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
    """Either `file` with `upload`, or `error`."""

    file: FileOut | None = None
    upload: UploadOut | None = None
    error: Refused | None = None

    @staticmethod
    def of(item: Registered | DomainError) -> Shape:
        if isinstance(item, DomainError):
            return {"error": {"code": item.code, "text": item.text, "field": item.field}}
        return {"file": FileOut.of(item.file), "upload": UploadOut.of(item.upload)}


class RegisterOut(Schema):
    items: list[RegisteredOut] = Field(description="One for each file asked, in the same order.")


class FilePage(Schema):
    items: list[FileOut]
    next_cursor: str | None = Field(None, description="For the next page; null at the end.")


class ContentOut(Schema):
    url: str
    expires_at: datetime

    @staticmethod
    def of(read: SignedRead) -> Shape:
        return asdict(read)
