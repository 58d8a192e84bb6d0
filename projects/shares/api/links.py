"""What a link opens for whoever has it: at `/shared/<token>` a page for people, and the same as JSON for programs."""

from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from ninja import Header, Path, Query, Router

from imagestore.common import answers, clock, strict
from imagestore.common.answers import Customer, IdempotencyKey
from imagestore.identity.auth import Bearer
from projects.answers import WRITE, Autosave, IfMatch, answer, kind_of, wanted
from projects.schemas import ProjectIn, SavedOut
from projects.shares import operations, queries, rules
from projects.shares.errors import ShareNotFound
from projects.shares.queries import Link
from projects.shares.records import Mode, Recipient
from projects.shares.schemas import AccessOut, PasswordIn, SharedFilesOut, SharedOut

public = Router()
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Vary": "Accept"}
"""The address is the right: nobody keeps what it opens, and no other site is told of it."""
Token = Annotated[str, Path(max_length=2048)]
Access = Annotated[str | None, Header(None, alias="Share-Access", max_length=2048)]
PageCursor = Annotated[str, Query(..., min_length=1, max_length=2048)]


@public.get("/shared/{token}", summary="A shared project")
def look(request: HttpRequest, token: Token, access: Access = None) -> HttpResponse:
    """As it is now, with the first 500 photos; of a share to edit with the `ETag` that a save needs."""
    now = clock.now()
    if answers.wants_page(request):
        return _page(request, token, now)
    link = _admitted(request, token, access, now)
    shown = operations.look(link=link, now=now)
    tag = {"ETag": shown.loaded.tag} if link.share.mode == Mode.EDIT else {}
    return answers.json(SharedOut.of_shown(shown, link.share.mode), headers=PRIVATE | tag)


@public.get("/shared/{token}/files", summary="The photos that follow")
@strict.known_parameters_only
def look_further(request: HttpRequest, token: Token, cursor: PageCursor, access: Access = None) -> HttpResponse:
    now = clock.now()
    link = _admitted(request, token, access, now)
    return answers.json(SharedFilesOut.of(queries.more_files(link.share, cursor, now)), headers=PRIVATE)


@public.post("/shared/{token}/unlock", summary="Tell the password of a share")
@strict.known_parameters_only
def unlock(request: HttpRequest, token: Token, body: PasswordIn) -> HttpResponse:
    now = clock.now()
    link = _found(request, token, now)
    access, expires_at = operations.unlock(link=link, password=body.password, now=now)
    return answers.json(AccessOut.of(access, expires_at), headers=PRIVATE)


@public.post("/shared/{token}/copy", auth=Bearer(), summary="Make a project of one's own")
@strict.known_parameters_only
def copy(
    request: HttpRequest, token: Token, access: Access = None, customer: Customer = None, key: IdempotencyKey = None
) -> HttpResponse:
    """With the token of whoever gets it, which the shop signed as for every other route."""
    now = clock.now()
    recipient = _recipient(request, customer)
    copied = operations.copy(
        link=_admitted(request, token, access, now),
        recipient=recipient,
        now=now,
        asked=answers.asked(request, key, shop=recipient.principal.shop, owner=recipient.owner),
    )
    return answer(copied, 201)


@public.put("/shared/{token}", summary="Save a shared project")
@strict.known_parameters_only
def save(
    request: HttpRequest,
    token: Token,
    body: ProjectIn,
    *,
    if_match: IfMatch = None,
    access: Access = None,
    autosave: Autosave = False,
    customer: Customer = None,
) -> HttpResponse:
    """By the rules of every save. With a token of one's own also with photos of one's own, and in one's name."""
    now = clock.now()
    recipient = None
    if "Authorization" in request.headers:
        request.auth = Bearer()(request)  # type: ignore[attr-defined]
        recipient = _recipient(request, customer)
    saved = operations.save(
        link=_admitted(request, token, access, now),
        draft=body.record(),
        if_match=wanted(if_match),
        recipient=recipient,
        now=now,
        kind=kind_of(autosave),
    )
    return answers.json(SavedOut.of(saved), headers=PRIVATE | {"ETag": saved.tag})


def _recipient(request: HttpRequest, customer: str | None) -> Recipient:
    principal = answers.principal(request, WRITE)
    return Recipient(principal, answers.owner_of(principal, customer))


def _admitted(request: HttpRequest, token: str, access: str | None, now: datetime) -> Link:
    """Raises ShareNotFound, PasswordWanted."""
    link = _found(request, token, now)
    queries.check_access(link.share, access, now)
    return link


def _found(request: HttpRequest, token: str, now: datetime) -> Link:
    link = queries.link(token, now)
    # Whose origins may read the answer is known now.
    request.auth = rules.as_holder(link.share)  # type: ignore[attr-defined]
    return link


def _page(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    """What it shows it asks for itself; a link that opens nothing says so in words."""
    closed = None
    try:
        queries.project_of(queries.link(token, now).share)
    except ShareNotFound as refused:
        closed = refused.text
    told = {"closed": closed, "development": settings.IMAGESTORE_DEVELOPMENT}
    page = render_to_string("projects/shared.html", told, request)
    return HttpResponse(page, status=404 if closed else 200, headers=PRIVATE)
