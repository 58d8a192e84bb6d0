"""The smallest API behind Bearer: urls that tests mount."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI

from imagestore.common import problems
from imagestore.common.errors import Forbidden
from imagestore.common.principal import Principal
from imagestore.identity.auth import Bearer

api = NinjaAPI(auth=Bearer(), urls_namespace="small")
problems.install(api)


@api.get("whoami")
def whoami(request: HttpRequest) -> dict[str, Any]:
    principal: Principal = request.auth  # type: ignore[attr-defined]
    return asdict(principal) | {"scopes": sorted(principal.scopes)}


@api.get("forbidden")
def forbidden(request: HttpRequest) -> None:
    raise Forbidden("Not for you.")


@api.get("public", auth=None)
def public(request: HttpRequest) -> None:
    return None


urlpatterns = [path("api/v1/", api.urls), path("elsewhere/", NinjaAPI(urls_namespace="other").urls)]
