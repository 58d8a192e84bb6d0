"""The switch of all deletion, and of each shop's."""

from datetime import datetime
from typing import Any

from imagestore.audit import operations as audit
from imagestore.common import switches
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost
from imagestore.identity import queries as shops
from scheduler import keys


def pause_deletion(*, reason: str, principal: Principal, now: datetime, shop: str | None = None) -> bool:
    """Of every shop, or of one; False: it was paused already, and nothing is changed. Raises ShopNotFound."""
    return _switch(True, shop, action=keys.PAUSED, reason=reason, principal=principal, now=now)


def resume_deletion(*, reason: str, principal: Principal, now: datetime, shop: str | None = None) -> bool:
    """False: it was not paused, and nothing is changed. Raises ShopNotFound.

    While all deletion is paused, that of one shop is so too, whatever was resumed.
    """
    return _switch(False, shop, action="deletion.resumed", reason=reason, principal=principal, now=now)


def _switch(pause: bool, shop: str | None, *, principal: Principal, **deed: Any) -> bool:
    principal.require_role("operator")
    subject = keys.switched(shops.stored_shop(shop).id if shop else None)
    try:
        audit.record([switches.pause_deletion(pause, shop)], subject=subject, principal=principal, **deed)
    except TransactionLost:
        return False
    return True
