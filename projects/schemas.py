"""Shapes of requests and answers. Times are UTC."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints

from imagestore.common import ids
from imagestore.common.problems import Problem
from projects import rules
from projects.operations.saving import Saved
from projects.queries import Loaded
from projects.records import Draft, Head, ProjectState

Shape = dict[str, Any]
Id = Annotated[str, StringConstraints(max_length=26), Field(json_schema_extra={"pattern": f"^{ids.PATTERN.pattern}$"})]


class ProjectIn(Schema):
    model_config = ConfigDict(extra="forbid")
    name: str = Field("", max_length=200, description="For lists and people.", examples=["Iceland 2026"])
    document: dict[str, Any] = Field(description="The design; opaque, at most 5 MB of JSON.", examples=[{"pages": []}])
    files: dict[str, Id] = Field(
        default_factory=dict,
        max_length=rules.MOST_FILES,
        description="Every photo that the document uses: file ids by the document's own aliases.",
        examples=[{"cover": "01J9ZQ6W0Z2V5T8K3M4N7P1R6S"}],
        json_schema_extra={"propertyNames": {"minLength": 1, "maxLength": rules.LONGEST_ALIAS}},
    )

    def record(self) -> Draft:
        return Draft(self.name, orjson.dumps(self.document), self.files)


class SavedOut(Schema):
    """The `ETag` header is the `If-Match` of the next save."""

    id: str
    version: int
    saved_at: datetime

    @staticmethod
    def of(saved: Saved) -> Shape:
        return {"id": saved.id, "version": saved.version, "saved_at": saved.saved_at}


class ProjectSummary(Schema):
    id: str
    name: str
    state: ProjectState
    version: int
    created_at: datetime
    saved_at: datetime
    saved_by: str
    purge_after: datetime | None = Field(None, description="When its time runs out, as last decided.")

    @staticmethod
    def of(head: Head) -> Shape:
        return {name: getattr(head, name) for name in ProjectSummary.model_fields}


class UsedFile(Schema):
    """A photo of the project; `url` reads the original for 15 minutes, null while it is not stored."""

    id: str
    state: str
    name: str
    content_type: str
    size: int
    width: int | None
    height: int | None
    orientation: int | None
    url: str | None
    expires_at: datetime | None


class ProjectOut(ProjectSummary):
    document: dict[str, Any]
    files: dict[str, UsedFile | None] = Field(description="By alias; null for a photo that is gone.")

    @staticmethod
    def of_loaded(loaded: Loaded) -> Shape:
        shape = ProjectSummary.of(loaded.head)
        shape["document"] = orjson.Fragment(loaded.document)
        shape["files"] = {alias: _used_file(loaded, id) for alias, id in loaded.files.items()}
        return shape


_FACTS = ("id", "state", "name", "content_type", "size", "width", "height", "orientation")


def _used_file(loaded: Loaded, id: str) -> Shape | None:
    file, read = loaded.facts.get(id), loaded.urls.get(id)
    if file is None:
        return None
    facts: Shape = {name: getattr(file, name) for name in _FACTS}
    return facts | {"url": read.url if read else None, "expires_at": read.expires_at if read else None}


class ProjectPage(Schema):
    items: list[ProjectSummary]
    next_cursor: str | None = Field(None, description="For the next page; null at the end.")


class Changed(Problem):
    current_version: int = Field(examples=[8])
    saved_at: datetime
    saved_by: str = Field(examples=["customer:photobooks:anna"])
