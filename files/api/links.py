"""What a link opens without any other token: uploads of one owner, and nothing else of it.

Behind the public door, at `/u/<token>/…`. What Uppy asks for there is in `companion`.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, NamedTuple

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from files import operations, queries
from files.api.common import WRITE
from files.schemas import FileOut, LinkIn, LinkOut
from imagestore.common import answers, clock
from imagestore.common.answers import Customer, IdempotencyKey
from imagestore.common.principal import Principal
from imagestore.common.problems import responses
from imagestore.identity import issued
from imagestore.identity.errors import TokenInvalid
from imagestore.identity.issued import Issued

router, public = Router(), Router()
Token = Annotated[str, Path(max_length=2048)]
MARK_DIGITS = 16


class Link(NamedTuple):
    """Who uploads, for whom, by which link, and the handoff that counts it, if it is one."""

    principal: Principal
    owner: str
    mark: str
    handoff: Issued | None


@router.post("/upload-links", response={201: LinkOut, **responses(409, 413, 415)}, summary="Make an upload link")
def make_upload_link(
    request: HttpRequest, body: LinkIn, customer: Customer = None, key: IdempotencyKey = None
) -> HttpResponse:
    """For clients that cannot send a token, like a plain form or Uppy (`companionEndpoint`): who has it may upload."""
    principal = answers.principal(request, WRITE)
    owner = answers.owner_of(principal, customer)
    token, expires_at = operations.make_link(
        owner=owner,
        lifetime=timedelta(minutes=body.minutes),
        principal=principal,
        now=clock.now(),
        asked=answers.asked(request, key, shop=principal.shop, owner=owner),
    )
    return answers.json({"url": f"{answers.public_base(request)}/u/{token}", "expires_at": expires_at}, 201)


@public.post("/u/{token}/files/{file_id}/confirm", summary="Verify a file that was uploaded by this link")
def confirm_by_link(request: HttpRequest, token: Token, file_id: str) -> HttpResponse:
    now = clock.now()
    link = admit(request, token, now)
    file = operations.confirm_upload(id=file_id, principal=link.principal, now=now, link=link.mark)
    shown = ("id", "state", "name", "size", "reason")
    return answers.json({name: value for name, value in FileOut.of(file).items() if name in shown})


def admit(request: HttpRequest, token: str, now: datetime) -> Link:
    """Raises TokenInvalid, TokenExpired, HandoffClosed."""
    try:
        found, handoff = issued.read(token, use="upload", now=now), None
    except TokenInvalid:
        found = handoff = issued.read(token, use="handoff", now=now)
        queries.check_handoff(handoff, now)
    # Whose origins may read the answer is known now.
    request.auth = found.principal  # type: ignore[attr-defined]
    mark = sha256(token.encode()).hexdigest()[:MARK_DIGITS]
    return Link(found.principal, answers.owner_of(found.principal, None), mark, handoff)
