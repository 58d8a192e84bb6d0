"""How often whoever it is may call: a customer, a visit, a shop's server, the holder of a link."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from imagestore.common import problems
from imagestore.common.errors import TooMany
from imagestore.common.principal import Principal
from imagestore.common.rates import Callers, Rate

SHOPS_SHARE = 20
"""A shop's own server calls for all of its customers."""
LINKS = ("/u/", "/h/", "/shared/", "/extend/")
_callers = Callers()
Answer = Callable[[HttpRequest], HttpResponse]


def admit(principal: Principal) -> None:
    """Raises TooMany."""
    share = SHOPS_SHARE if principal.kind == "shop" else 1
    visit = "" if principal.customer else f" {principal.session}"
    _callers.admit(principal.label + visit, _rate(share))


def limit_links(get_response: Answer) -> Answer:
    """Who comes by a link is known by it alone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(LINKS):
            try:
                _callers.admit("/".join(request.path_info.split("/", 3)[:3]), _rate(1))
            except TooMany as refused:
                return problems.of_error(refused)
        return get_response(request)

    return middleware


def _rate(share: int) -> Rate:
    return Rate(settings.IMAGESTORE_REQUEST_RATE * share, settings.IMAGESTORE_REQUEST_BURST * share)
