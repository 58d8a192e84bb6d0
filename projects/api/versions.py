"""Versions of a project: list, load, restore."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from imagestore.common import answers, clock, paging
from imagestore.common.answers import Cursor, Customer
from imagestore.common.problems import responses
from projects import operations, queries
from projects.api.common import IfMatch, answer, wanted
from projects.parameters import READ, WRITE, Urls
from projects.schemas import Changed, SavedOut, VersionOut, VersionPage

router = Router()
Number = Annotated[int, Path(ge=1, le=99_999_999)]


@router.get(
    "/projects/{project_id}/versions", response={200: VersionPage, **responses(404)}, summary="Versions, newest first"
)
def list_versions(
    request: HttpRequest,
    project_id: str,
    cursor: Cursor = None,
    limit: Annotated[int, Query(50, ge=1, le=paging.MOST)] = 50,
) -> HttpResponse:
    """Every manual save, and the last autosaves. Each keeps its photos: restoring one never finds a photo gone."""
    principal = answers.principal(request, READ)
    steps, following = queries.versions_page(id=project_id, principal=principal, cursor=cursor, limit=limit)
    return answers.json({"items": steps, "next_cursor": following})


@router.get(
    "/projects/{project_id}/versions/{number}", response={200: VersionOut, **responses(404)}, summary="One version"
)
def load_version(request: HttpRequest, project_id: str, number: Number, urls: Urls = "original") -> HttpResponse:
    """As it was saved, and what became of it until the current state. The `ETag` is of the current state."""
    principal = answers.principal(request, READ)
    loaded = queries.load(id=project_id, principal=principal, now=clock.now(), urls=urls, number=number)
    changes = queries.changes_since(loaded.head, loaded.version)
    return answers.json(VersionOut.of(loaded, changes), headers={"ETag": loaded.tag})


@router.post(
    "/projects/{project_id}/versions/{number}/restore",
    response={200: SavedOut, **responses(404, 409, 428), 412: Changed},
    summary="Restore a version",
)
def restore_version(
    request: HttpRequest, project_id: str, number: Number, if_match: IfMatch = None, customer: Customer = None
) -> HttpResponse:
    """Saves its content again as the newest version; nothing of what was saved since is lost."""
    principal = answers.principal(request, WRITE)
    saved = operations.restore_version(
        id=project_id,
        number=number,
        if_match=wanted(if_match),
        owner=answers.owner_of(principal, customer),
        principal=principal,
        now=clock.now(),
    )
    return answer(saved, 200)
