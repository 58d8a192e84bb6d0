"""Shapes of requests and answers. Times are UTC, sizes of prints millimetres."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from ninja import Field, Schema
from pydantic import BeforeValidator, ConfigDict, StringConstraints

from imagestore.common import ids
from imagestore.common.problems import Problem
from imagestore.common.retention import RetentionPolicy
from imagestore.common.shapes import ONE_LINE, Whole, as_whole
from imagestore.identity import queries as shops
from projects import print_facts, queries, rules
from projects.operations.saving import Saved
from projects.queries import FilesPage, Loaded
from projects.records import Changes, Crop, Draft, Head, Placement, PrintProblem, ProjectState, SaveKind, Version

Shape = dict[str, Any]
Id = Annotated[str, StringConstraints(max_length=26), Field(json_schema_extra={"pattern": f"^{ids.PATTERN.pattern}$"})]
Alias = Annotated[str, Field(min_length=1, max_length=rules.LONGEST_ALIAS, examples=["cover"])]
Millimetres = Annotated[float, Field(ge=rules.SMALLEST_PRINT_MM, le=rules.LARGEST_PRINT_MM, examples=[210.0])]
VersionNumber = Annotated[int, Field(strict=True, ge=1, le=rules.MOST_VERSIONS), BeforeValidator(as_whole)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class CropShape(Schema):
    """The printed part of the photo, in fractions of it as one sees it, upright."""

    model_config = ConfigDict(extra="forbid")
    left: Fraction = 0.0
    top: Fraction = 0.0
    width: Annotated[float, Field(gt=0, le=1)] = 1.0
    height: Annotated[float, Field(gt=0, le=1)] = 1.0


class PlacementIn(Schema):
    """Where a photo is printed, how large, and which part of it."""

    model_config = ConfigDict(extra="forbid")
    alias: Alias
    page: Whole = Field(ge=1, le=rules.MOST_PAGES, examples=[1])
    width_mm: Millimetres
    height_mm: Millimetres
    crop: CropShape | None = None

    def record(self) -> Placement:
        crop = Crop(self.crop.left, self.crop.top, self.crop.width, self.crop.height) if self.crop else None
        return Placement(self.alias, self.page, self.width_mm, self.height_mm, crop)


class ProjectIn(Schema):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(
        "",
        max_length=rules.LONGEST_NAME,
        pattern=ONE_LINE,
        description="For lists and people.",
        examples=["Iceland 2026"],
    )
    document: dict[str, Any] = Field(
        description="The design; opaque. At most 1 MiB on the wire, 5 MiB when that was gzip.",
        examples=[{"pages": []}],
    )
    files: dict[str, Id] = Field(
        default_factory=dict,
        max_length=rules.MOST_FILES,
        description="Every photo that the document uses: file ids by the document's own aliases.",
        examples=[{"cover": "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"}],
        json_schema_extra={"propertyNames": {"minLength": 1, "maxLength": rules.LONGEST_ALIAS}},
    )
    placements: list[PlacementIn] = Field(
        default_factory=list,
        max_length=rules.MOST_PLACEMENTS,
        description="Where photos are printed; who tells it learns the resolution of each print.",
    )

    def record(self) -> Draft:
        placements = tuple(placement.record() for placement in self.placements)
        return Draft(self.name, orjson.dumps(self.document), self.files, placements)


class SavedOut(Schema):
    """The `ETag` header is the `If-Match` of the next save."""

    id: str
    version: int
    saved_at: datetime
    unchanged: bool = Field(False, description="The state was this one already: nothing was written.")

    @staticmethod
    def of(saved: Saved) -> Shape:
        return {name: getattr(saved, name) for name in SavedOut.model_fields}


class ProjectSummary(Schema):
    id: str
    name: str
    state: ProjectState
    version: int
    kind: SaveKind = Field(description="Of the last save.")
    created_at: datetime
    saved_at: datetime
    saved_by: str
    trash_on: datetime | None = Field(
        description="When it goes into the trash, if nobody saves it before; null: never, or it is a visit's."
    )
    purge_on: datetime | None = Field(description="When it goes for good with its photos, if nobody does anything.")

    @staticmethod
    def of(head: Head, policy: RetentionPolicy) -> Shape:
        """`policy`: as it is for its owner."""
        told: Shape = {name: getattr(head, name, None) for name in ProjectSummary.model_fields}
        active = head.state == ProjectState.ACTIVE
        trash_on = rules.trashed_on(head, policy) if active else None
        return told | {"trash_on": trash_on, "purge_on": rules.purged_on(head, policy)}


class PlacementOut(Schema):
    """`effective_dpi` of the print; null where the photo's pixels are not among those told here."""

    alias: str
    page: int
    width_mm: float
    height_mm: float
    crop: CropShape | None
    effective_dpi: int | None
    low: bool = Field(description="Below the shop's limit.")


class UsedFile(Schema):
    """A photo of the project; `url` reads it for 15 minutes, null while it cannot be shown so."""

    id: str
    state: str
    name: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    orientation: int | None
    printable: bool
    reason: str | None = Field(description="Why it was rejected.")
    url: str | None
    expires_at: datetime | None


class FilesOut(Schema):
    """Photos by alias; null for one that is gone."""

    files: dict[str, UsedFile | None]
    files_cursor: str | None = Field(description="For the photos that follow; null when these are all.")

    @staticmethod
    def of(page: FilesPage) -> Shape:
        files = {alias: used_file(page, id) for alias, id in page.files.items()}
        return {"files": files, "files_cursor": page.following}


class ProjectOut(ProjectSummary):
    document: dict[str, Any]
    placements: list[PlacementOut]
    files: dict[str, UsedFile | None] = Field(description="By alias, the first 500; null for a photo that is gone.")
    files_cursor: str | None = Field(description="For `GET /projects/{id}/files`; null when these are all.")

    @staticmethod
    def of_loaded(loaded: Loaded) -> Shape:
        head = loaded.head
        return ProjectSummary.of(head, queries.policy_for(head.shop, head.owner)) | _state_of(loaded)


def _state_of(loaded: Loaded) -> Shape:
    placements = [placed(one, loaded.page, loaded.head.shop) for one in loaded.content.placements]
    document = orjson.Fragment(loaded.content.document)
    return {"document": document, "placements": placements, **FilesOut.of(loaded.page)}


def placed(placement: Placement, page: FilesPage, shop: str) -> Shape:
    dpi = print_facts.dpi_of(placement, page.facts.get(page.files.get(placement.alias, "")))
    shape: Shape = {name: getattr(placement, name) for name in ("alias", "page", "width_mm", "height_mm")}
    crop = placement.crop._asdict() if placement.crop else None
    low = dpi is not None and dpi < shops.known_shop(shop).least_dpi
    return shape | {"crop": crop, "effective_dpi": dpi, "low": low}


_FACTS = ("id", "state", "name", "content_type", "size", "width", "height", "orientation", "printable")


def used_file(page: FilesPage, id: str) -> Shape | None:
    file, read = page.facts.get(id), page.urls.get(id)
    if file is None:
        return None
    facts: Shape = {name: getattr(file, name) for name in _FACTS} | {"reason": file.reason_text}
    return facts | {"url": read.url if read else None, "expires_at": read.expires_at if read else None}


class ProjectPage(Schema):
    items: list[ProjectSummary]
    next_cursor: str | None = Field(None, description="For the next page; null at the end.")


class VersionSummary(Schema):
    version: int
    kind: SaveKind
    saved_at: datetime
    saved_by: str
    pages: int = Field(description="The last page on which a photo is placed.")
    photos: int
    photos_added: int = Field(description="Against the kept version before it.")
    photos_removed: int


class VersionPage(Schema):
    items: list[VersionSummary]
    next_cursor: str | None = Field(None, description="For the next page; null at the end.")


class VersionOut(Schema):
    """`changes`: what became of this version until the current one."""

    version: int
    kind: SaveKind
    saved_at: datetime
    saved_by: str
    document: dict[str, Any]
    placements: list[PlacementOut]
    files: dict[str, UsedFile | None]
    files_cursor: str | None
    changes: "ChangesOut"

    @staticmethod
    def of(loaded: Loaded, changes: Changes) -> Shape:
        version: Version = loaded.version
        told = {"version": version.number, "kind": version.kind, "saved_at": version.saved_at}
        return told | {"saved_by": version.saved_by} | _state_of(loaded) | {"changes": ChangesOut.of(changes)}


class ChangesOut(Schema):
    """From that version to the current state: file ids of photos, and pages on which photos are placed otherwise."""

    photos_added: list[str]
    photos_removed: list[str]
    pages_changed: list[int]
    document_changed: bool

    @staticmethod
    def of(changes: Changes) -> Shape:
        return {name: getattr(changes, name) for name in ChangesOut.model_fields}


class CopyIn(Schema):
    model_config = ConfigDict(extra="forbid")
    name: str | None = Field(
        None, max_length=rules.LONGEST_NAME, pattern=ONE_LINE, description="`Copy of …` unless given."
    )
    version: VersionNumber | None = Field(None, description="The current state unless given.")


class PrintProblemOut(Schema):
    code: str = Field(description="photo-missing, photo-rejected, photo-not-ready or resolution-low.")
    alias: str
    file: str
    text: str
    page: int | None
    dpi: int | None


class PrintCheckOut(Schema):
    printable: bool = Field(description="Nothing but low resolution stands against an order.")
    least_dpi: int
    problems: list[PrintProblemOut]

    @staticmethod
    def of(problems: list[PrintProblem], least_dpi: int) -> Shape:
        told = [{name: getattr(problem, name) for name in PrintProblemOut.model_fields} for problem in problems]
        printable = all(problem.code == "resolution-low" for problem in problems)
        return {"printable": printable, "least_dpi": least_dpi, "problems": told}


class Changed(Problem):
    current_version: int = Field(examples=[8])
    saved_at: datetime
    saved_by: str = Field(examples=["customer:photobooks:anna"])
