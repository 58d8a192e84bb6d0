"""Upload links: no row stands behind one, its token alone says for whom and how long it works."""

from datetime import datetime, timedelta

from files import rules
from imagestore.common import idempotency
from imagestore.common.idempotency import Asked
from imagestore.common.principal import Principal
from imagestore.identity import issued
from imagestore.identity.issued import Issued


def make_link(
    *, owner: str, lifetime: timedelta, principal: Principal, now: datetime, asked: Asked | None = None
) -> tuple[str, datetime]:
    """The token and when it ends. With `asked` a repeat answers the very same. Raises KeyReused."""
    first = idempotency.once(asked, now) if asked else None
    made_at = first.created_at if first else now
    session = rules.session_of_owner(owner)
    uploader = Principal(
        kind="customer",
        shop=principal.shop,
        customer=None if session else owner.partition(":")[2],
        session=session,
        scopes=frozenset({"files:write"}),
    )
    expires_at = issued.lifetime_until(made_at, lifetime)
    return issued.issue(Issued("upload", uploader, expires_at), now=made_at), expires_at
