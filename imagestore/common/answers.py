"""JSON answers, written straight from plain shapes: no second validation of what was just read."""

from typing import Annotated, Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Header, Query

from imagestore.common import idempotency
from imagestore.common.errors import Forbidden, Invalid
from imagestore.common.idempotency import Asked
from imagestore.common.principal import CUSTOMER, CUSTOMER_RULE, Principal

IdempotencyKey = Annotated[
    str | None,
    Header(
        None,
        alias=idempotency.HEADER,
        pattern=f"^{idempotency.KEY.pattern}$",
        description="1 to 255 printable ASCII characters of your choice: for 24 hours a repeat of the same call with "
        "the same key makes nothing again and answers what was made.",
    ),
]

Cursor = Annotated[
    str | None,
    Query(None, max_length=2048, pattern=r"^[A-Za-z0-9._:=-]*$", description="`next_cursor` of the answer before."),
]


Customer = Annotated[
    str | None,
    Query(
        None,
        pattern=f"^{CUSTOMER.pattern}$",
        description=f"Only for a shop's own token: whom it acts for, {CUSTOMER_RULE}.",
    ),
]


class CustomerWanted(Invalid):
    code, title = "customer-wanted", "The request must name a customer"


class CustomerForeign(Forbidden):
    code, title = "customer-foreign", "The token acts for nobody else"


def json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/json", headers=headers)


def empty() -> HttpResponse:
    return HttpResponse(status=204)


def principal(request: HttpRequest, scope: str) -> Principal:
    """Who asks, if the token has `scope`. Raises ScopeMissing."""
    found: Principal = request.auth  # type: ignore[attr-defined]
    found.require(scope)
    return found


def public_base(request: HttpRequest) -> str:
    """Where customers' browsers and phones find the public door."""
    base: str = settings.IMAGESTORE_PUBLIC_URL
    return base or request.build_absolute_uri("/").rstrip("/")


def wants_page(request: HttpRequest) -> bool:
    """A browser that opens an address asks for a page; programs ask for JSON, or for anything."""
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")


def caller(principal: Principal) -> str:
    """Whose `Idempotency-Key` it is, where a shop's server need not name a customer."""
    return "shop" if principal.kind == "shop" else owner_of(principal, None)


def asked(request: HttpRequest, key: str | None, *, shop: str, owner: str) -> Asked | None:
    """What a creating call with an `Idempotency-Key` asks for. A key is its owner's alone. Raises KeyInvalid."""
    route = f"{request.method} {request.get_full_path()}"
    return idempotency.asked(key, scope=f"{shop}\n{owner}", route=route, body=request.body)


def owner_of(principal: Principal, named: str | None) -> str:
    """Whose things are meant: of the customer, of a visit before login, of whom the shop's server names."""
    if named is None and principal.customer is None and principal.session is not None:
        return f"session:{principal.session}"
    return f"customer:{customer_of(principal, named)}"


def customer_of(principal: Principal, named: str | None) -> str:
    """Whose things are meant: a customer's own; a shop's server names the customer in `?customer=`."""
    if principal.kind == "shop":
        if not named:
            raise CustomerWanted("A shop's token names whom it acts for: ?customer=ID.", field="customer")
        return named
    if named not in (None, principal.customer):
        raise CustomerForeign("A customer's or guest's token acts for nobody else.", field="customer")
    if principal.customer is None:
        raise CustomerWanted("The token is a guest's: this is for customers who are known.", field="customer")
    return principal.customer
