"""What routes of files share."""

from files import queries, rules
from imagestore.common.answers import CustomerWanted
from imagestore.common.principal import Principal

READ, WRITE = "files:read", "files:write"


def owner_of_session(principal: Principal, session: str, customer: str | None) -> str:
    """Raises SessionNotFound unless it is the principal's own visit, or the shop's server asks."""
    if customer is not None:
        raise CustomerWanted("Name a customer or a session, not both.", field="session")
    return rules.owner_of_session(queries.session_of(principal, session).id)
