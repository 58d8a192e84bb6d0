"""Keeping a project longer: for its customer, and for whoever has the link of a warning, at `/extend/<token>`."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from ninja import Path, Router

from imagestore.common import answers, clock, strict
from imagestore.common.errors import DomainError
from imagestore.common.principal import Principal
from imagestore.common.problems import responses
from imagestore.common.retention_answers import ExtendedOut, ExtensionOut
from projects import operations, queries
from projects.answers import WRITE
from projects.queries import ExtensionLink
from projects.records import Extended

router = Router()
public = Router(tags=["links"])
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Vary": "Accept"}
"""The address is the right: nobody keeps what it opens, and no other site is told of it."""
Token = Annotated[str, Path(max_length=2048)]


@router.post("/projects/{project_id}/extend", response={200: ExtendedOut, **responses(404, 409)}, summary="Keep longer")
def extend_project(request: HttpRequest, project_id: str) -> HttpResponse:
    """By as much as the shop's rule lets a customer, once; 409 tells until when it is kept already.

    After a save that starts its time again it may be once more. The shop's server does it for the customer."""
    done = operations.extend(id=project_id, principal=answers.principal(request, WRITE), now=clock.now())
    return answers.json(ExtendedOut.of(*done))


@public.get("/extend/{token}", summary="What the link of a warning does")
def look(request: HttpRequest, token: Token) -> HttpResponse:
    """Changes nothing: whatever opens links before a person does extends no project."""
    if answers.wants_page(request):
        return _page(request, token)
    link = _found(request, token, clock.now())
    return answers.json(ExtensionOut.of(link.head.name, link.ends_at, link.extends_to), headers=PRIVATE)


@public.post("/extend/{token}", summary="Keep a project longer, by the link of a warning")
@strict.known_parameters_only
def follow(request: HttpRequest, token: Token) -> HttpResponse:
    """Answers the same however often it is called. The page comes here, and is shown again with what came of it."""
    if "text/html" in request.headers.get("Accept", ""):
        with suppress(DomainError):
            _extend(request, token)
        return HttpResponse(status=303, headers=PRIVATE | {"Location": request.get_full_path()})
    return answers.json(ExtendedOut.of(*_extend(request, token)), headers=PRIVATE)


def _extend(request: HttpRequest, token: str) -> Extended:
    now = clock.now()
    return operations.extend_by_link(link=_found(request, token, now), now=now)


def _found(request: HttpRequest, token: str, now: datetime) -> ExtensionLink:
    link = queries.extension_link(token, now)
    # Whose origins may read the answer is known now.
    request.auth = Principal(kind="customer", shop=link.head.shop)  # type: ignore[attr-defined]
    return link


def _page(request: HttpRequest, token: str) -> HttpResponse:
    try:
        told = {"link": queries.extension_link(token, clock.now())}
    except DomainError as refused:
        page = render_to_string("projects/extend.html", {"closed": refused.text}, request)
        return HttpResponse(page, status=404, headers=PRIVATE)
    return HttpResponse(render_to_string("projects/extend.html", told, request), headers=PRIVATE)
