"""Cross-origin answers of the API, upload links and shares: pages may call them from the origins of their shop."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from imagestore.common import aws
from imagestore.common.principal import Principal
from imagestore.identity import queries

OPEN = ("/api/", "/u/", "/shared/", "/extend/")
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Share-Access"
    ),
    "Access-Control-Max-Age": "600",
}
EXPOSED = "ETag, Location, Retry-After"
Answer = Callable[[HttpRequest], HttpResponse]


def cors(get_response: Answer) -> Answer:
    """Middleware. A preflight carries no token: any registered origin passes it. A call is judged by its
    principal's shop; an error before authentication is readable for every registered origin."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(OPEN):
            return get_response(request)
        origin = request.headers.get("Origin", "")
        preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse(status=204) if preflight else get_response(request)
        patch_vary_headers(response, ["Origin"])
        if origin and _allowed(origin, getattr(request, "auth", None)):
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Expose-Headers"] = EXPOSED
            for header, value in PREFLIGHT.items() if preflight else ():
                response[header] = value
        return response

    return middleware


def _allowed(origin: str, principal: object) -> bool:
    try:
        shops = queries.shops_of_origin(origin)
    except aws.FAILURES:
        return False
    return principal.shop in shops if isinstance(principal, Principal) else bool(shops)
