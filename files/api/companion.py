"""The calls that stock Uppy makes of a Companion for S3, below a link: its `companionEndpoint` is the link.

Whole files go by POST forms, larger ones in parts; neither tells a size. Names and shapes are Companion's.
"""

from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from files import keys, operations, queries, rules
from files.api.links import Link, Token, admit
from files.errors import PartsInvalid, UploadNotFound
from files.operations import handoffs
from files.operations.completing import NamedPart
from files.operations.multipart import SignedPart
from files.records import NewFile
from imagestore.common import answers, aws, clock
from imagestore.common.principal import Principal
from imagestore.common.shapes import Whole

public = Router()
S3 = "/u/{token}/s3"
UPLOAD = S3 + "/multipart/{upload_id}"
Key = Annotated[str, Query(max_length=1024)]
Name = Annotated[str, Query(max_length=1024)]
Type = Annotated[str, Query(max_length=255)]


class BeginIn(Schema):
    """Uppy tells its metadata too; of these nothing is kept."""

    filename: str = Field(max_length=1024)
    type: str = Field("", max_length=255)


class PartIn(Schema):
    part_number: Whole = Field(alias="PartNumber")
    etag: str = Field(alias="ETag", max_length=256)


class CompleteIn(Schema):
    parts: list[PartIn] = Field(max_length=rules.MOST_PARTS)


@public.get(S3 + "/params", summary="A POST form for one file")
def form_params(request: HttpRequest, token: Token, filename: Name, type: Type = "") -> HttpResponse:
    now = clock.now()
    link = admit(request, token, now)
    registered = operations.register_form(
        name=filename, content_type=type, owner=link.owner, principal=link.principal, now=now,
        keep_until=_counted(link, filename, type, now), link=link.mark,
    )  # fmt: skip
    form = registered.form
    shape = {"method": "POST", "url": form.url, "fields": form.fields, "headers": {}, "file_id": registered.file.id}
    return answers.json(shape | {"expires": _seconds(form.expires_at, now)})


@public.post(S3 + "/multipart", summary="Begin an upload in parts")
def begin(request: HttpRequest, token: Token, body: BeginIn) -> HttpResponse:
    now = clock.now()
    link = admit(request, token, now)
    file = operations.register_in_parts(
        name=body.filename, content_type=body.type, owner=link.owner, principal=link.principal, now=now,
        keep_until=_counted(link, body.filename, body.type, now), link=link.mark,
    )  # fmt: skip
    return answers.json({**_place(file.shop, file.id), "uploadId": file.upload_id, "file_id": file.id})


@public.get(UPLOAD, summary="Parts that have arrived")
def list_parts(request: HttpRequest, token: Token, upload_id: str, key: Key) -> HttpResponse:
    principal = _uploader(request, token, clock.now())
    parts = operations.parts_of(id=_file_of(key, principal), principal=principal, upload_id=upload_id)
    return answers.json([{"PartNumber": part.number, "ETag": f'"{part.etag}"', "Size": part.size} for part in parts])


@public.get(UPLOAD + "/batch", summary="Sign many parts")
def sign_batch(
    request: HttpRequest,
    token: Token,
    upload_id: str,
    key: Key,
    numbers: Annotated[str, Query(alias="partNumbers", max_length=6000)],
) -> HttpResponse:
    """`partNumbers`: with commas between them."""
    signed = _sign(request, token, upload_id, key, numbers.split(","))
    return answers.json({"presignedUrls": {str(part.number): part.upload.url for part in signed}})


@public.post(UPLOAD + "/complete", summary="Complete an upload in parts")
def complete(request: HttpRequest, token: Token, upload_id: str, key: Key, body: CompleteIn) -> HttpResponse:
    now = clock.now()
    principal = _uploader(request, token, now)
    parts = [NamedPart(part.part_number, part.etag) for part in body.parts]
    id = _file_of(key, principal)
    file = operations.complete_upload(id=id, parts=parts, principal=principal, now=now, upload_id=upload_id)
    place = _place(file.shop, file.id)
    return answers.json({**place, "location": f"{aws.object_url_base(place['bucket'])}{key}"})


# After its fellows: it would take their names for numbers.
@public.get(UPLOAD + "/{number}", summary="Sign one part")
def sign_part(request: HttpRequest, token: Token, upload_id: str, number: str, key: Key) -> HttpResponse:
    (part,) = _sign(request, token, upload_id, key, [number])
    return answers.json({"url": part.upload.url, "expires": _seconds(part.upload.expires_at, clock.now())})


@public.delete(UPLOAD, summary="Abort an upload in parts")
def abort(request: HttpRequest, token: Token, upload_id: str, key: Key) -> HttpResponse:
    now = clock.now()
    principal = _uploader(request, token, now)
    operations.abort_upload(id=_file_of(key, principal), principal=principal, now=now, upload_id=upload_id)
    return answers.json({})


def _uploader(request: HttpRequest, token: str, now: datetime) -> Principal:
    """Who goes on with an upload, which its own id names as well; after a login in the middle of it, too."""
    return queries.as_claimed(admit(request, token, now).principal)


def _counted(link: Link, name: str, type: str, now: datetime) -> datetime | None:
    """A phone's link takes so many files, of which none that is refused counts; answers how long to keep them."""
    rules.check_named(NewFile(name, rules.type_of(name, type), 0, ""))
    return handoffs.use(token=link.handoff, files=1, now=now).keep_until if link.handoff else None


def _sign(request: HttpRequest, token: str, upload_id: str, key: str, named: list[str]) -> list[SignedPart]:
    now = clock.now()
    principal = _uploader(request, token, now)
    most = rules.MOST_PARTS
    if len(named) > most or not all(number.isascii() and number.isdigit() for number in named):
        raise PartsInvalid(f"Name from 1 to {most} parts by their numbers.", "partNumbers", limit=most)
    numbers = [int(number[:9]) for number in named]
    return operations.sign_parts(
        id=_file_of(key, principal), numbers=numbers, principal=principal, now=now, upload_id=upload_id
    )


def _file_of(key: str, principal: Principal) -> str:
    """The file that an object key names, if it is one of this shop. Raises UploadNotFound."""
    named = keys.file_of_object(key)
    if named is None or named[0] != principal.shop:
        raise UploadNotFound("There is no such upload.", "key")
    return named[1]


def _place(shop: str, id: str) -> dict[str, str]:
    return {"key": keys.object_key(shop, id), "bucket": settings.IMAGESTORE_BUCKET}


def _seconds(expires_at: datetime, now: datetime) -> int:
    return int((expires_at - now).total_seconds())
