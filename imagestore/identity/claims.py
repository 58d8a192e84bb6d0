"""What a token says, once its signature holds: its times, and the principal that it makes. Pure."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from imagestore.common.principal import CUSTOMER, CUSTOMER_RULE, Principal
from imagestore.identity.errors import TokenExpired, TokenInvalid

Claims = Mapping[str, Any]
AUDIENCE = "imagestore"
SHOP_ADMIN = "shop:admin"
CUSTOMER_SCOPES = frozenset({"files:read", "files:write", "projects:read", "projects:write"})
SCOPES = CUSTOMER_SCOPES | {SHOP_ADMIN}
LONGEST_LIFE = 24 * 3600
CLOCK_SKEW = 60
SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
LONGEST_NAME = 200


def check_times(claims: Claims, now: datetime) -> None:
    """`iat` and `nbf` may be a minute ahead (clocks differ); `exp` is exact, at most 24 h after `iat`."""
    present = now.timestamp()
    expires = _instant(claims, "exp")
    issued = _instant(claims, "iat")
    if expires is None:
        raise TokenInvalid("The token has no exp.", field="exp")
    if expires <= present:
        raise TokenExpired("The token has expired. Ask the shop for a new one.", field="exp")
    for name in ("iat", "nbf"):
        if (_instant(claims, name) or 0) > present + CLOCK_SKEW:
            raise TokenInvalid(f"The token's {name} lies in the future: check the signing clock.", field=name)
    if expires - (present if issued is None else issued) > LONGEST_LIFE:
        raise TokenInvalid("A token lives at most 24 hours: exp is too late.", field="exp")


def principal(shop: str, claims: Claims) -> Principal:
    """Without `sub` and `sid` it is the shop's own server; a visit before login has a `sid` alone."""
    customer = _matching(claims, "sub", CUSTOMER, CUSTOMER_RULE)
    session = _matching(claims, "sid", SESSION, "1 to 64 letters, digits, '_' or '-'")
    scopes = _scopes(claims)
    is_shop = customer is None and session is None
    if SHOP_ADMIN in scopes and not is_shop:
        raise TokenInvalid(f"{SHOP_ADMIN} is only for tokens without sub and sid.", field="scope")
    return Principal(
        kind="shop" if is_shop else "customer",
        shop=shop,
        customer=customer,
        scopes=scopes,
        session=session,
        email=_matching(claims, "email", EMAIL, "an e-mail address"),
        name=_name(claims),
    )


def _instant(claims: Claims, name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenInvalid(f"The token's {name} is not a number of seconds since 1970.", field=name)
    return value


def _matching(claims: Claims, name: str, pattern: re.Pattern[str], meaning: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise TokenInvalid(f"The token's {name} must be {meaning}.", field=name)
    return value


def _scopes(claims: Claims) -> frozenset[str]:
    """Words that are not ours are passed over: a token may serve other services of the shop, too."""
    value = claims.get("scope", "")
    if not isinstance(value, str):
        raise TokenInvalid("The token's scope must be words separated by blanks.", field="scope")
    return SCOPES & frozenset(value.split())


def _name(claims: Claims) -> str | None:
    value = claims.get("name")
    if value is None:
        return None
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= LONGEST_NAME:
        raise TokenInvalid(f"The token's name has 1 to {LONGEST_NAME} printable characters.", field="name")
    return value
