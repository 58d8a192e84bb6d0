"""Shapes of requests and answers. Times are UTC, sizes are bytes."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import BeforeValidator, ConfigDict

from imagestore.common.shapes import as_whole
from imagestore.common.signing import SignedRead
from projects.packages import rules
from projects.packages.records import Package, PackageKind, PackageState

Shape = dict[str, Any]
Page = Annotated[int, Field(strict=True, ge=1, le=99_999), BeforeValidator(as_whole)]


class PackageIn(Schema):
    model_config = ConfigDict(extra="forbid")
    pages: list[Page] | None = Field(
        None,
        min_length=1,
        max_length=rules.MOST_PAGES,
        description="Only what is placed on these pages, and the photos that it uses; all unless given.",
        examples=[[1, 2]],
    )

    @property
    def chosen(self) -> list[int]:
        """The same pages are the same package, in whatever order."""
        return sorted(set(self.pages or []))


class PackageOut(Schema):
    """`url` reads the ZIP for 15 minutes, once it is `ready`."""

    id: str
    kind: PackageKind
    source: str = Field(description="The id of the order or project.")
    version: int | None = Field(description="Of the project; null for an order.")
    pages: list[int] | None = Field(description="The chosen pages; null for all.")
    state: PackageState
    created_at: datetime
    ready_at: datetime | None
    files: int = Field(description="How many originals it holds.", examples=[60])
    files_done: int = Field(examples=[12])
    bytes: int = Field(description="Of all that it holds.", examples=[412_000_000])
    bytes_done: int = Field(examples=[80_530_636])
    missing: int = Field(description="Photos that could not be packed; the manifest names them.", examples=[0])
    size: int | None = Field(description="Of the ZIP.", examples=[412_012_345])
    sha256: str | None = Field(description="Of the ZIP, in hexadecimal. The same input always makes the same ZIP.")
    code: str | None = Field(description="Why it failed: a stable word.", examples=["original-damaged"])
    cause: str | None = Field(description="Why it failed, in a sentence that names the file at fault.")
    purge_after: datetime | None = Field(description="When it will be removed, as last decided.")
    url: str | None
    expires_at: datetime | None

    @staticmethod
    def of(package: Package, read: SignedRead | None = None) -> Shape:
        told = {name: getattr(package, name) for name in PackageOut.model_fields if name not in ("url", "expires_at")}
        return told | {
            "version": package.version or None,
            "pages": package.pages or None,
            "url": read.url if read else None,
            "expires_at": read.expires_at if read else None,
        }


class PackagePage(Schema):
    items: list[PackageOut]
    next_cursor: str | None = Field(None, description="For the next page; null at the end.")
