"""What routes of files share."""

from typing import Annotated

from django.conf import settings
from django.http import HttpRequest
from ninja import Header, Query

from files import queries, rules
from imagestore.common import answers, idempotency
from imagestore.common.idempotency import Asked
from imagestore.common.principal import Principal

READ, WRITE = "files:read", "files:write"
Customer = Annotated[
    str | None, Query(None, max_length=128, description="Only for a shop's own token: whom it acts for.")
]


Cursor = Annotated[str | None, Query(None, max_length=2048)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=idempotency.HEADER,
        max_length=255,
        description="Of your choice: for 24 hours the same key and body make the same things once.",
    ),
]


def asked(request: HttpRequest, header: str | None, owner: str) -> Asked | None:
    """Keys of one owner are nobody else's."""
    scope = f"{request.auth.shop}\n{owner}"  # type: ignore[attr-defined]
    route = f"{request.method} {request.get_full_path()}"
    return idempotency.asked(header, scope=scope, route=route, body=request.body)


def owner_of(principal: Principal, named: str | None) -> str:
    """Whose files are meant: of the customer, of a visit before login, of whom the shop's server names."""
    if named is None and principal.customer is None and principal.session is not None:
        return rules.owner_of_session(principal.session)
    return rules.owner_of(answers.customer_of(principal, named))


def owner_of_session(principal: Principal, session: str) -> str:
    """Raises SessionNotFound unless it is the principal's own visit, or the shop's server asks."""
    return rules.owner_of_session(queries.session_of(principal, session).id)


def public_base(request: HttpRequest) -> str:
    """Where customers' browsers and phones find the public door."""
    base: str = settings.IMAGESTORE_PUBLIC_URL
    return base or request.build_absolute_uri("/").rstrip("/")
