"""What routes of files share."""

from typing import Annotated

from ninja import Query

from files import rules
from files.errors import SessionNotFound
from imagestore.common import answers
from imagestore.common.principal import Principal

READ, WRITE = "files:read", "files:write"
Customer = Annotated[
    str | None, Query(None, max_length=128, description="Only for a shop's own token: whom it acts for.")
]


def owner_of(principal: Principal, named: str | None) -> str:
    """Whose files are meant: of the customer, of a visit before login, of whom the shop's server names."""
    if named is None and principal.customer is None and principal.session is not None:
        return rules.owner_of_session(principal.session)
    return rules.owner_of(answers.customer_of(principal, named))


def owner_of_visit(principal: Principal, session: str, customer: str | None) -> str:
    """The shop's server names any visit, a visit itself alone. Raises CustomerWanted, SessionNotFound."""
    if customer is not None:
        raise answers.CustomerWanted("Name a customer or a session, not both.", field="session")
    if principal.kind != "shop" and principal.session != session:
        raise SessionNotFound("There is no upload session with this id.", field="session")
    return rules.owner_of_session(session)
