"""What routes of files share."""

from django.conf import settings
from django.http import HttpRequest

from files import queries, rules
from imagestore.common import answers
from imagestore.common.answers import CustomerWanted
from imagestore.common.principal import Principal

READ, WRITE = "files:read", "files:write"


def caller(principal: Principal) -> str:
    """Whose `Idempotency-Key` it is, where a shop's server need not name a customer."""
    return "shop" if principal.kind == "shop" else answers.owner_of(principal, None)


def owner_of_session(principal: Principal, session: str, customer: str | None) -> str:
    """Raises SessionNotFound unless it is the principal's own visit, or the shop's server asks."""
    if customer is not None:
        raise CustomerWanted("Name a customer or a session, not both.", field="session")
    return rules.owner_of_session(queries.session_of(principal, session).id)


def public_base(request: HttpRequest) -> str:
    """Where customers' browsers and phones find the public door."""
    base: str = settings.IMAGESTORE_PUBLIC_URL
    return base or request.build_absolute_uri("/").rstrip("/")
