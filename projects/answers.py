"""What routes of projects and of their slices share: headers, and the answer of a save."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Header, Query

from imagestore.common import answers
from projects.errors import VersionWanted
from projects.file_holds import UrlKind
from projects.operations.saving import Saved
from projects.records import SaveKind
from projects.schemas import SavedOut

READ, WRITE = "projects:read", "projects:write"
IfMatch = Annotated[
    str | None, Header(None, alias="If-Match", max_length=512, description="Required: without it 428 tells so.")
]
Urls = Annotated[
    UrlKind,
    Query(
        "original",
        description="What the urls of photos read: the original, a preview or thumbnail (null until made), or none.",
    ),
]
PageCursor = Annotated[
    str, Query(..., min_length=1, max_length=2048, pattern=r"^[A-Za-z0-9._:=-]*$", description="`files_cursor`.")
]
Autosave = Annotated[
    bool, Query(False, description="The editor saves by itself: of such versions only the last ones are kept.")
]


def wanted(if_match: str | None) -> str:
    """Raises VersionWanted."""
    if not if_match:
        raise VersionWanted("Send the ETag of the state that was edited as If-Match.", field="If-Match")
    return if_match


def kind_of(autosave: bool) -> SaveKind:
    return SaveKind.AUTOSAVE if autosave else SaveKind.MANUAL


def answer(saved: Saved, status: int) -> HttpResponse:
    headers = {"ETag": saved.tag, "Location": f"/api/v1/projects/{saved.id}"}
    return answers.json(SavedOut.of(saved), status, headers)
