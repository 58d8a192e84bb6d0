"""Authentication of API routes: from the gateway's authorizer, else from the token itself."""

from collections.abc import Mapping
from typing import cast

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from ninja.security.http import HttpAuthBase

from imagestore.common import clock
from imagestore.common.principal import Principal
from imagestore.identity import passport, rates, tokens

GATEWAY = "API_GATEWAY_AUTHORIZER"


class Bearer(HttpAuthBase):
    """Sets `request.auth` to the Principal.

    The authorizer's context is a mapping in the WSGI environ. HTTP headers arrive there as strings named
    `HTTP_…`, so that nobody outside can place one.
    """

    openapi_scheme = "bearer"
    openapi_bearerFormat = "JWT"  # noqa: N815, the name that OpenAPI gives it
    openapi_description = "A JSON Web Token signed by the shop with EdDSA, ES256 or RS256."

    def __call__(self, request: HttpRequest) -> Principal:
        principal = _principal(request)
        rates.admit(principal)
        return principal


def _principal(request: HttpRequest) -> Principal:
    context = cast(WSGIRequest, request).environ.get(GATEWAY)
    if isinstance(context, Mapping) and passport.FIELD in context:
        return passport.read(context[passport.FIELD])
    return tokens.authenticate(request.headers.get("Authorization", ""), now=clock.now())
