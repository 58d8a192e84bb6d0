"""REST routes of projects: parse, one call, shape the answer."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Header, Query, Router

from imagestore.common import answers, clock, paging
from imagestore.common.answers import Cursor, Customer, IdempotencyKey
from imagestore.common.problems import responses
from projects import operations, queries
from projects.errors import VersionWanted
from projects.operations.saving import Saved
from projects.schemas import Changed, ProjectIn, ProjectOut, ProjectPage, ProjectSummary, SavedOut

router = Router(tags=["projects"])
READ, WRITE = "projects:read", "projects:write"
IfMatch = Annotated[
    str | None, Header(None, alias="If-Match", max_length=512, description="Required: without it 428 tells so.")
]


@router.post("/projects", response={201: SavedOut, **responses(409, 413, 415)}, summary="Create a project")
def create_project(
    request: HttpRequest, body: ProjectIn, customer: Customer = None, key: IdempotencyKey = None
) -> HttpResponse:
    """409 names each photo that cannot be used. Every photo of the project is kept as long as the project uses it."""
    principal = answers.principal(request, WRITE)
    owner = answers.owner_of(principal, customer)
    saved = operations.create(
        draft=body.record(),
        owner=owner,
        principal=principal,
        now=clock.now(),
        asked=answers.asked(request, key, shop=principal.shop, owner=owner),
    )
    return _answer(saved, 201)


@router.get(
    "/projects",
    response={200: ProjectPage, **responses()},
    summary="List the projects of a customer or visit, newest first",
)
def list_projects(
    request: HttpRequest,
    customer: Customer = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(50, ge=1, le=paging.MOST)] = 50,
) -> HttpResponse:
    principal = answers.principal(request, READ)
    heads, following = queries.projects_of_owner(
        principal=principal, owner=answers.owner_of(principal, customer), cursor=cursor, limit=limit
    )
    return answers.json({"items": [ProjectSummary.of(head) for head in heads], "next_cursor": following})


@router.get("/projects/{project_id}", response={200: ProjectOut, **responses(404)}, summary="Load a project")
def load_project(request: HttpRequest, project_id: str) -> HttpResponse:
    """The current state with a signed url for every photo; its `ETag` is the `If-Match` of the next save."""
    loaded = queries.load(id=project_id, principal=answers.principal(request, READ), now=clock.now())
    return answers.json(ProjectOut.of_loaded(loaded), headers={"ETag": loaded.tag})


@router.put(
    "/projects/{project_id}",
    response={200: SavedOut, **responses(404, 409, 413, 415, 428), 412: Changed},
    summary="Save a project",
)
def save_project(
    request: HttpRequest,
    project_id: str,
    body: ProjectIn,
    if_match: IfMatch = None,
    customer: Customer = None,
) -> HttpResponse:
    """`If-Match` is the `ETag` of the state that was edited. 412 when someone saved in between: nothing is lost."""
    principal = answers.principal(request, WRITE)
    if not if_match:
        raise VersionWanted("Send the ETag of the state that was edited as If-Match.", field="If-Match")
    saved = operations.save(
        id=project_id,
        draft=body.record(),
        if_match=if_match,
        owner=answers.owner_of(principal, customer),
        principal=principal,
        now=clock.now(),
    )
    return _answer(saved, 200)


@router.delete("/projects/{project_id}", response={204: None, **responses(404)}, summary="Put into the trash")
def delete_project(request: HttpRequest, project_id: str) -> HttpResponse:
    """Its photos stay as long as it can be restored."""
    operations.trash(id=project_id, principal=answers.principal(request, WRITE), now=clock.now())
    return answers.empty()


def _answer(saved: Saved, status: int) -> HttpResponse:
    headers = {"ETag": saved.tag, "Location": f"/api/v1/projects/{saved.id}"}
    return answers.json(SavedOut.of(saved), status, headers)
