"""Register, read, confirm and delete files."""

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from ninja import Query, Router

from files import operations, queries
from files.api.common import READ, WRITE, owner_of_session
from files.records import FileState
from files.schemas import ContentOut, FileOut, FilePage, RegisteredOut, RegisterIn, RegisterOut, UploadOut
from imagestore.common import answers, clock, ids, paging
from imagestore.common.answers import Cursor, Customer, IdempotencyKey
from imagestore.common.problems import responses
from imagestore.common.retention_answers import RetentionOut

CACHED_SHARE = 2 / 3
"""Of a signed url's life: who follows a redirect that was kept still has time to read."""
router = Router()
Listed = Literal["registered", "uploading", "stored", "rejected", "trashed"]
States = Annotated[list[Listed], Query([], max_length=5, description="Only files in one of these states; repeatable.")]
Visit = Annotated[
    str | None, Query(None, min_length=1, max_length=64, description="For a shop's server: the files of a visit.")
]
After = Annotated[
    str | None,
    Query(
        None,
        pattern=f"^{ids.PATTERN.pattern}$",
        description="Only files registered after the one with this id, oldest first. Of files registered within the "
        "same few seconds one may appear late: who must miss none asks again from an id some seconds older.",
    ),
]


@router.post("/files", response={201: RegisterOut, **responses(409, 413, 415)}, summary="Register files for upload")
def register_files(
    request: HttpRequest, body: RegisterIn, customer: Customer = None, key: IdempotencyKey = None
) -> HttpResponse:
    """Answers one signed upload per acceptable file, and for each other one why not. Up to 500 in one call."""
    principal = answers.principal(request, WRITE)
    owner = answers.owner_of(principal, customer)
    items = operations.register(
        wanted=[file.record() for file in body.files],
        owner=owner,
        principal=principal,
        now=clock.now(),
        asked=answers.asked(request, key, shop=principal.shop, owner=owner),
    )
    return answers.json({"items": [RegisteredOut.of(item) for item in items]}, 201)


@router.get("/files", response={200: FilePage, **responses(404)}, summary="List the files of a customer or visit")
def list_files(
    request: HttpRequest,
    *,
    state: States,
    session: Visit = None,
    after: After = None,
    customer: Customer = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(50, ge=1, le=paging.MOST)] = 50,
) -> HttpResponse:
    """With `after` oldest first, so that the last id of an answer is the next `after`: a cheap way to see what a
    phone adds. With `state` at most 300 files are looked at for one answer: it may have fewer than `limit`, even
    none, and still a `next_cursor`. A cursor goes with the filters that it was given for."""
    principal = answers.principal(request, READ)
    owner = owner_of_session(principal, session, customer) if session else answers.owner_of(principal, customer)
    wanted = queries.Listing(owner, frozenset(map(FileState, state)), after)
    files, following = queries.files_of_owner(principal=principal, wanted=wanted, cursor=cursor, limit=limit)
    return answers.json({"items": [FileOut.of(file) for file in files], "next_cursor": following})


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


@router.get(
    "/files/{file_id}/renditions/{name}",
    response={200: ContentOut, 302: None, **responses(404, 409)},
    summary="See a small picture of it",
)
def get_rendition(
    request: HttpRequest, file_id: str, name: Literal["thumbnail", "preview"], redirect: bool = True
) -> HttpResponse:
    """At most 256 (thumbnail) or 1600 (preview) pixels: upright, sRGB, WebP where `Accept` names it, else JPEG.

    A 302 to a signed url; with `redirect=false` that url. What is missing is made now; 503 means that it soon is.
    """
    form = "webp" if _accepts_webp(request) else "jpeg"
    principal = answers.principal(request, READ)
    read = operations.rendition_of(id=file_id, name=f"{name}.{form}", principal=principal, clock=clock.now)
    response = answers.json(ContentOut.of(read)) if not redirect else HttpResponseRedirect(read.url)
    seconds = int((read.expires_at - clock.now()).total_seconds() * CACHED_SHARE)
    response["Cache-Control"] = f"private, max-age={max(seconds, 0)}"
    response["Vary"] = "Accept, Authorization"
    return response


def _accepts_webp(request: HttpRequest) -> bool:
    """Only who says so: `*/*` is what programs send that know nothing of WebP."""
    return any((kind.main_type, kind.sub_type) == ("image", "webp") for kind in request.accepted_types)


@router.get("/files/{file_id}/retention", response={200: RetentionOut, **responses(404)}, summary="How long it is kept")
def get_retention(request: HttpRequest, file_id: str) -> HttpResponse:
    """What happens to it, when, by which rule, and because of what."""
    file = queries.file_of(answers.principal(request, READ), file_id)
    return answers.json(RetentionOut.of(queries.explained(file)))


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
