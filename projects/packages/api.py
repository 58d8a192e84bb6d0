"""REST routes of packages: parse, one call, shape the answer."""

from collections.abc import Callable
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from imagestore.common import answers, clock, paging
from imagestore.common.answers import Cursor, IdempotencyKey
from imagestore.common.problems import responses
from projects.answers import READ, WRITE
from projects.packages import operations, queries
from projects.packages.records import Package, PackageState
from projects.packages.schemas import PackageIn, PackageOut, PackagePage

router = Router(tags=["packages"])
ASKED = {200: PackageOut, 202: PackageOut}


@router.post(
    "/projects/{project_id}/packages",
    response={**ASKED, **responses(404, 409, 413, 415)},
    summary="Have a project packed as a ZIP",
)
def ask_for_project(request: HttpRequest, project_id: str, body: PackageIn, key: IdempotencyKey = None) -> HttpResponse:
    """Its current version: document, originals, and a manifest that names each. 202: it is being built; ask for it by
    its id until it is ready. 200: it is there already. Asking again for the same builds nothing twice."""
    return _ask(operations.ask_for_project, project_id, request, body, key)


@router.post(
    "/orders/{order_id}/packages", response={**ASKED, **responses(404, 409, 413, 415)}, summary="Have an order packed"
)
def ask_for_order(request: HttpRequest, order_id: str, body: PackageIn, key: IdempotencyKey = None) -> HttpResponse:
    """For the shop's own server: the ZIP for its lab, as it was ordered, whatever became of the projects, and the same
    in every byte whenever it is asked for. Once all of the order is packed, it is `packaged`."""
    return _ask(operations.ask_for_order, order_id, request, body, key)


@router.get(
    "/orders/{order_id}/packages",
    response={200: PackagePage, **responses(404)},
    summary="Packages of an order, newest first",
)
def list_packages(
    request: HttpRequest,
    order_id: str,
    cursor: Cursor = None,
    limit: Annotated[int, Query(50, ge=1, le=paging.MOST)] = 50,
) -> HttpResponse:
    """Without urls: ask for one by its id."""
    principal = answers.principal(request, READ)
    found, following = queries.packages_of_order(id=order_id, principal=principal, cursor=cursor, limit=limit)
    return answers.json({"items": [PackageOut.of(each) for each in found], "next_cursor": following})


@router.get("/packages/{package_id}", response={200: PackageOut, **responses(404)}, summary="One package")
def read_package(request: HttpRequest, package_id: str) -> HttpResponse:
    """How far it is; once it is ready a url that downloads it. A fresh url is as near as another call."""
    package = queries.package_of(answers.principal(request, READ), package_id)
    return answers.json(PackageOut.of(package, queries.signed_read(package, clock.now())))


def _ask(ask: Callable[..., Package], id: str, request: HttpRequest, body: PackageIn, key: str | None) -> HttpResponse:
    principal, now = answers.principal(request, WRITE), clock.now()
    asked = answers.asked(request, key, shop=principal.shop, owner=principal.label)
    package = ask(id=id, pages=body.chosen, principal=principal, now=now, asked=asked)
    ready = package.state == PackageState.READY
    told = PackageOut.of(package, queries.signed_read(package, now))
    return answers.json(told, 200 if ready else 202, {"Location": f"/api/v1/packages/{package.id}"})
