"""Register, read, confirm and delete files."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from ninja import Query, Router

from files import operations, queries
from files.api.common import READ, WRITE, Cursor, Customer, IdempotencyKey, asked, owner_of, owner_of_session
from files.records import FileState
from files.schemas import (
    ContentOut,
    DeletedItem,
    DeletedOut,
    DeleteIn,
    FileOut,
    FilePage,
    RegisteredOut,
    RegisterIn,
    RegisterOut,
    UploadOut,
    UsageOut,
)
from imagestore.common import answers, clock, paging
from imagestore.common.problems import responses

router = Router()


@router.post("/files", response={201: RegisterOut, **responses(409, 413, 415)}, summary="Register files for upload")
def register_files(
    request: HttpRequest, body: RegisterIn, customer: Customer = None, key: IdempotencyKey = None
) -> HttpResponse:
    """Answers one signed upload per acceptable file, and for each other one why not. Up to 500 in one call."""
    principal = answers.principal(request, WRITE)
    owner = owner_of(principal, customer)
    items = operations.register(
        wanted=[file.record() for file in body.files],
        owner=owner,
        principal=principal,
        now=clock.now(),
        asked=asked(request, key, owner),
    )
    return answers.json({"items": [RegisteredOut.of(item) for item in items]}, 201)


@router.get("/files", response={200: FilePage, **responses(404)}, summary="List the files of a customer or visit")
def list_files(  # noqa: PLR0917 - one for each query parameter
    request: HttpRequest,
    customer: Customer = None,
    session: Annotated[str | None, Query(None, max_length=64, description="The files of this visit.")] = None,
    state: Annotated[list[FileState], Query([], max_length=7, description="Only these states.")] = [],  # noqa: B006
    after: Annotated[str | None, Query(None, max_length=26, description="Only newer than this file.")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(50, ge=1, le=paging.MOST)] = 50,
) -> HttpResponse:
    """Newest first; with `after` oldest first, so that a page that looks again goes on from its last file.

    A page looks at `limit` files: with `state` it may answer fewer of them, even none, and still have a next one.
    """
    principal = answers.principal(request, READ)
    owner = owner_of_session(principal, session) if session else owner_of(principal, customer)
    wanted = queries.Listing(owner, frozenset(state), after)
    files, following = queries.files_of_owner(principal=principal, wanted=wanted, cursor=cursor, limit=limit)
    return answers.json({"items": [FileOut.of(file) for file in files], "next_cursor": following})


@router.post("/files/delete", response={200: DeletedOut, **responses(413, 415)}, summary="Put many into the trash")
def delete_files(request: HttpRequest, body: DeleteIn) -> HttpResponse:
    """Up to 500; each on its own, in the order asked: trashed, or why not. A file in use names its holders."""
    principal, now = answers.principal(request, WRITE), clock.now()
    outcomes = operations.trash_many(ids=body.ids, principal=principal, now=now)
    return answers.json({"items": [DeletedItem.of(id, outcome) for id, outcome in outcomes.items()]})


@router.get("/usage", response={200: UsageOut, **responses()}, summary="What is stored and reserved, and the limits")
def get_usage(request: HttpRequest, customer: Customer = None) -> HttpResponse:
    principal = answers.principal(request, READ)
    used, limit = queries.usage(principal=principal, owner=owner_of(principal, customer))
    return answers.json(UsageOut.of(used, limit))


@router.get("/files/{file_id}", response={200: FileOut, **responses(404)}, summary="One file")
def get_file(request: HttpRequest, file_id: str) -> HttpResponse:
    return answers.json(FileOut.of(queries.file_of(answers.principal(request, READ), file_id)))


@router.get("/files/{file_id}/content", response={200: ContentOut, **responses(404, 409)}, summary="Read the original")
def get_content(request: HttpRequest, file_id: str, redirect: bool = False) -> HttpResponse:
    """A signed url, good for 15 minutes at most; with `redirect=true` or `Accept: image/…` a 302 to it."""
    read = queries.content_of(id=file_id, principal=answers.principal(request, READ), now=clock.now())
    if redirect or request.headers.get("Accept", "").startswith("image/"):
        return HttpResponseRedirect(read.url)
    return answers.json(ContentOut.of(read))


@router.delete("/files/{file_id}", response={204: None, **responses(404, 409)}, summary="Put into the trash")
def delete_file(request: HttpRequest, file_id: str) -> HttpResponse:
    """409 names the holders of a file that is in use."""
    operations.trash(id=file_id, principal=answers.principal(request, WRITE), now=clock.now())
    return answers.empty()


@router.post("/files/{file_id}/upload-url", response={200: UploadOut, **responses(404, 409)}, summary="Sign again")
def sign_upload_again(request: HttpRequest, file_id: str) -> HttpResponse:
    """For a file whose url ran out before its upload began, or whose upload failed."""
    signed = operations.sign_again(id=file_id, principal=answers.principal(request, WRITE), now=clock.now())
    return answers.json(UploadOut.of(signed.upload))


@router.post("/files/{file_id}/confirm", response={200: FileOut, **responses(404, 409)}, summary="Verify now")
def confirm_upload(request: HttpRequest, file_id: str) -> HttpResponse:
    """Looks at the bytes at once instead of waiting for storage's event. Answers `stored` or `rejected`."""
    file = operations.confirm_upload(id=file_id, principal=answers.principal(request, WRITE), now=clock.now())
    return answers.json(FileOut.of(file))
