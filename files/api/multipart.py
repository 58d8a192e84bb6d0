"""Uploads in parts of registered files: begin, sign parts, see what arrived, complete, abort."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from files import operations
from files.api.common import WRITE
from files.part_schemas import CompleteIn, PartsOut, SignedPartsOut, SignPartsIn, UploadInPartsOut
from files.schemas import FileOut
from imagestore.common import answers, clock
from imagestore.common.problems import responses

router = Router()


@router.post(
    "/files/{file_id}/multipart",
    response={200: UploadInPartsOut, **responses(404, 409)},
    summary="Begin an upload in parts",
)
def begin_upload(request: HttpRequest, file_id: str) -> HttpResponse:
    """Of a file above 5 MiB. A repeat answers the upload that was begun."""
    file = operations.begin_upload(id=file_id, principal=answers.principal(request, WRITE))
    return answers.json(UploadInPartsOut.of(file))


@router.get(
    "/files/{file_id}/multipart", response={200: PartsOut, **responses(404, 409)}, summary="Parts that have arrived"
)
def list_parts(request: HttpRequest, file_id: str) -> HttpResponse:
    """To go on after an interruption: what is listed need not be sent again."""
    parts = operations.parts_of(id=file_id, principal=answers.principal(request, WRITE))
    return answers.json(PartsOut.of(parts))


@router.post(
    "/files/{file_id}/multipart/parts",
    response={200: SignedPartsOut, **responses(404, 409, 413, 415)},
    summary="Sign parts",
)
def sign_parts(request: HttpRequest, file_id: str, body: SignPartsIn) -> HttpResponse:
    """One or many, late and again: sign when a part is about to be sent."""
    signed = operations.sign_parts(
        id=file_id, numbers=body.part_numbers, principal=answers.principal(request, WRITE), now=clock.now()
    )
    return answers.json(SignedPartsOut.of(signed))


@router.post(
    "/files/{file_id}/multipart/complete",
    response={200: FileOut, **responses(404, 409, 413, 415)},
    summary="Complete an upload in parts",
)
def complete_upload(request: HttpRequest, file_id: str, body: CompleteIn) -> HttpResponse:
    """The file is verified when storage tells of it, or at once by `POST /files/{id}/confirm`. May be repeated."""
    principal = answers.principal(request, WRITE)
    file = operations.complete_upload(id=file_id, parts=body.named(), principal=principal, now=clock.now())
    return answers.json(FileOut.of(file))


@router.delete(
    "/files/{file_id}/multipart", response={204: None, **responses(404, 409)}, summary="Abort an upload in parts"
)
def abort_upload(request: HttpRequest, file_id: str) -> HttpResponse:
    """Removes the parts. The file may still be sent whole, or begun anew."""
    operations.abort_upload(id=file_id, principal=answers.principal(request, WRITE), now=clock.now())
    return answers.empty()
