"""What routes of projects share."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Header, Query

from imagestore.common import answers
from projects.errors import VersionWanted
from projects.operations.saving import Saved
from projects.records import SaveKind
from projects.schemas import SavedOut

IfMatch = Annotated[
    str | None, Header(None, alias="If-Match", max_length=512, description="Required: without it 428 tells so.")
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
