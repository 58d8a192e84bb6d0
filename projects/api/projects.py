"""Projects: create, list, load, save, copy, check, trash and restore."""

from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Body, Query, Router

from imagestore.common import answers, clock, paging
from imagestore.common.answers import Cursor, Customer, IdempotencyKey
from imagestore.common.problems import responses
from imagestore.common.retention_answers import RetentionOut
from imagestore.identity import queries as shops
from projects import operations, queries, rules
from projects.answers import READ, WRITE, Autosave, IfMatch, Urls, answer, kind_of, wanted
from projects.errors import ProjectChanged
from projects.records import ProjectState
from projects.schemas import (
    Changed,
    CopyIn,
    FilesOut,
    PrintCheckOut,
    ProjectIn,
    ProjectOut,
    ProjectPage,
    ProjectSummary,
    SavedOut,
)

router = Router()
AS_IT_IS = CopyIn(name=None, version=None)
OnConflict = Annotated[
    Literal["refuse", "copy"],
    Query("refuse", description="`copy`: when someone saved in between, this becomes a new project (201)."),
]


@router.post("/projects", response={201: SavedOut, **responses(409, 413, 415)}, summary="Create a project")
def create_project(
    request: HttpRequest,
    body: ProjectIn,
    autosave: Autosave = False,
    customer: Customer = None,
    key: IdempotencyKey = None,
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
        kind=kind_of(autosave),
    )
    return answer(saved, 201)


@router.get(
    "/projects",
    response={200: ProjectPage, **responses()},
    summary="List the projects of a customer or visit, newest first",
)
def list_projects(
    request: HttpRequest,
    *,
    state: Annotated[Literal["active", "trashed"] | None, Query(None)] = None,
    saved_since: Annotated[datetime | None, Query(None, description="RFC 3339, with its offset from UTC.")] = None,
    name: Annotated[str, Query("", max_length=rules.LONGEST_NAME, description="A text that the name has.")] = "",
    customer: Customer = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(50, ge=1, le=paging.MOST)] = 50,
) -> HttpResponse:
    """Each tells when it goes into the trash and when for good. With a filter at most 300 projects are looked at for
    one answer: it may have fewer than `limit`, even none, and still a `next_cursor`."""
    principal = answers.principal(request, READ)
    chosen = ProjectState(state) if state else None
    owner = answers.owner_of(principal, customer)
    question = queries.Listing(owner, chosen, rules.in_utc(saved_since), name)
    heads, following = queries.projects_of_owner(principal=principal, wanted=question, cursor=cursor, limit=limit)
    policy = queries.policy_for(principal.shop, owner)
    return answers.json({"items": [ProjectSummary.of(head, policy) for head in heads], "next_cursor": following})


@router.get("/projects/{project_id}", response={200: ProjectOut, **responses(404)}, summary="Load a project")
def load_project(request: HttpRequest, project_id: str, urls: Urls = "original") -> HttpResponse:
    """The current state with the first 500 photos; its `ETag` is the `If-Match` of the next save."""
    principal = answers.principal(request, READ)
    loaded = operations.load(id=project_id, principal=principal, now=clock.now(), urls=urls)
    return answers.json(ProjectOut.of_loaded(loaded), headers={"ETag": loaded.tag})


@router.get(
    "/projects/{project_id}/files", response={200: FilesOut, **responses(404)}, summary="The photos of a project"
)
def load_more_files(
    request: HttpRequest, project_id: str, cursor: Cursor = None, urls: Urls = "original"
) -> HttpResponse:
    """500 at a time, by alias; with a `files_cursor` those that follow, of the very state that was loaded, even if the
    project was saved meanwhile."""
    principal = answers.principal(request, READ)
    page = queries.more_files(id=project_id, principal=principal, cursor=cursor, now=clock.now(), urls=urls)
    return answers.json(FilesOut.of(page))


@router.get(
    "/projects/{project_id}/retention", response={200: RetentionOut, **responses(404)}, summary="How long it is kept"
)
def get_retention(request: HttpRequest, project_id: str) -> HttpResponse:
    """What happens to it, when, by which rule, and because of what."""
    head = queries.project_of(answers.principal(request, READ), project_id)
    return answers.json(RetentionOut.of(queries.explained(head)))


@router.put(
    "/projects/{project_id}",
    response={200: SavedOut, 201: SavedOut, **responses(404, 409, 413, 415, 428), 412: Changed},
    summary="Save a project",
)
def save_project(
    request: HttpRequest,
    project_id: str,
    body: ProjectIn,
    *,
    if_match: IfMatch = None,
    autosave: Autosave = False,
    on_conflict: OnConflict = "refuse",
    customer: Customer = None,
    key: IdempotencyKey = None,
) -> HttpResponse:
    """`If-Match` is the `ETag` of the state that was edited. 412 when someone saved in between: nothing is lost.

    A save that is repeated because its answer was lost is answered as the first one; what changes nothing writes
    nothing. An `Idempotency-Key` matters only with `on_conflict=copy`: a repeat makes no second copy."""
    principal, now, draft = answers.principal(request, WRITE), clock.now(), body.record()
    owner = answers.owner_of(principal, customer)
    asked = answers.asked(request, key, shop=principal.shop, owner=owner)
    try:
        saved = operations.save(
            id=project_id, draft=draft, if_match=wanted(if_match), owner=owner, principal=principal, now=now,
            kind=kind_of(autosave),
        )  # fmt: skip
    except ProjectChanged:
        if on_conflict == "refuse":
            raise
        saved = operations.create_beside(
            id=project_id, draft=draft, owner=owner, principal=principal, now=now, asked=asked
        )
        return answer(saved, 201)
    return answer(saved, 200)


@router.post(
    "/projects/{project_id}/copy",
    response={201: SavedOut, **responses(404, 409, 413, 415)},
    summary="Copy a project",
)
def copy_project(
    request: HttpRequest,
    project_id: str,
    body: Annotated[CopyIn, Body()] = AS_IT_IS,
    customer: Customer = None,
    key: IdempotencyKey = None,
) -> HttpResponse:
    """The current state, or an older version, as a new project that keeps its photos by itself."""
    principal = answers.principal(request, WRITE)
    owner = answers.owner_of(principal, customer)
    saved = operations.copy(
        id=project_id,
        owner=owner,
        principal=principal,
        now=clock.now(),
        name=body.name,
        number=body.version,
        asked=answers.asked(request, key, shop=principal.shop, owner=owner),
    )
    return answer(saved, 201)


@router.get(
    "/projects/{project_id}/print-check",
    response={200: PrintCheckOut, **responses(404)},
    summary="What stands against a good print",
)
def check_print(request: HttpRequest, project_id: str) -> HttpResponse:
    """Photos that are missing, rejected or not yet checked, and prints below the shop's resolution."""
    principal = answers.principal(request, READ)
    problems = queries.check_print(id=project_id, principal=principal)
    return answers.json(PrintCheckOut.of(problems, shops.known_shop(principal.shop).least_dpi))


@router.delete("/projects/{project_id}", response={204: None, **responses(404)}, summary="Put into the trash")
def delete_project(request: HttpRequest, project_id: str) -> HttpResponse:
    """Its photos stay as long as it can be restored."""
    operations.trash(id=project_id, principal=answers.principal(request, WRITE), now=clock.now())
    return answers.empty()


@router.post(
    "/projects/{project_id}/restore", response={200: ProjectSummary, **responses(404)}, summary="Take out of the trash"
)
def restore_project(request: HttpRequest, project_id: str) -> HttpResponse:
    """With all photos and versions; its time runs anew. One that is not in the trash stays as it is."""
    head = operations.restore(id=project_id, principal=answers.principal(request, WRITE), now=clock.now())
    return answers.json(ProjectSummary.of(head, queries.policy_for(head.shop, head.owner)))
