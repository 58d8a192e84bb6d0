"""The switch of all deletion, and of each shop's."""

from datetime import datetime
from typing import Any

from imagestore.audit import operations as audit
from imagestore.common import switches
from imagestore.common.principal import Principal
from imagestore.identity import queries as shops


def pause_deletion(*, reason: str, principal: Principal, now: datetime, shop: str | None = None) -> None:
    """Of every shop, or of one. Raises ShopNotFound."""
    _switch(True, shop, action="deletion.paused", reason=reason, principal=principal, now=now)


def resume_deletion(*, reason: str, principal: Principal, now: datetime, shop: str | None = None) -> None:
    """While all deletion is paused, that of one shop is so too, whatever was resumed. Raises ShopNotFound."""
    _switch(False, shop, action="deletion.resumed", reason=reason, principal=principal, now=now)


def _switch(pause: bool, shop: str | None, *, principal: Principal, **deed: Any) -> None:
    principal.require_role("operator")
    subject = f"shop:{shops.stored_shop(shop).id}" if shop else "switch:deletion"
    audit.record([switches.pause_deletion(pause, shop)], subject=subject, principal=principal, **deed)
