"""Shapes of requests and answers about uploads in parts."""

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema
from pydantic import ConfigDict

from files import rules
from files.operations.completing import NamedPart
from files.operations.multipart import SignedPart
from files.records import File
from files.schemas import Shape
from imagestore.common.multipart import UploadedPart
from imagestore.common.shapes import Whole

Number = Annotated[
    Whole,
    Field(description="From 1.", examples=[1], json_schema_extra={"minimum": 1, "maximum": rules.MOST_PARTS}),
]


class UploadInPartsOut(Schema):
    part_size: int = Field(description="Bytes of each part but the last, which has the rest.", examples=[8_388_608])
    parts: int = Field(description="How many; they are numbered from 1.")

    @staticmethod
    def of(file: File) -> Shape:
        return {"part_size": rules.PART_SIZE, "parts": len(rules.part_sizes(file.size))}


class SignPartsIn(Schema):
    model_config = ConfigDict(extra="forbid")
    part_numbers: list[Number] = Field(min_length=1, max_length=rules.MOST_PER_CALL)


class SignedPartOut(Schema):
    """PUT exactly `size` bytes; keep the `ETag` of the answer. May be repeated: the last one counts."""

    part_number: int
    size: int | None = Field(description="Null for a file whose size was not announced: any number of bytes.")
    method: str = Field(examples=["PUT"])
    url: str
    expires_at: datetime


class SignedPartsOut(Schema):
    items: list[SignedPartOut]

    @staticmethod
    def of(signed: list[SignedPart]) -> Shape:
        return {
            "items": [
                {"part_number": part.number, "size": part.size, "method": part.upload.method, "url": part.upload.url,
                 "expires_at": part.upload.expires_at}
                for part in signed
            ]
        }  # fmt: skip


class PartOut(Schema):
    part_number: int
    etag: str
    size: int


class PartsOut(Schema):
    items: list[PartOut] = Field(description="By number.")

    @staticmethod
    def of(parts: list[UploadedPart]) -> Shape:
        return {"items": [{"part_number": part.number, "etag": part.etag, "size": part.size} for part in parts]}


class NamedPartIn(Schema):
    model_config = ConfigDict(extra="forbid")
    part_number: Number
    etag: str = Field(max_length=256, description="As storage answered it, with or without quotes.")


class CompleteIn(Schema):
    model_config = ConfigDict(extra="forbid")
    parts: list[NamedPartIn] = Field(
        min_length=1, max_length=rules.MOST_PARTS, description="All that arrived, in any order."
    )

    def named(self) -> list[NamedPart]:
        return [NamedPart(part.part_number, part.etag) for part in self.parts]
