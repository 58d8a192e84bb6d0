"""Tokens that imagestore issues itself, each for one use: a guest's visit, a phone's handoff, an upload link, a share
whose password was told, the extension of a project.

Signed (HS256) with keys derived from Django's SECRET_KEY; rotate it by moving the old one to SECRET_KEY_FALLBACKS.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jwt
from django.conf import settings

from imagestore.common.principal import Principal
from imagestore.identity.claims import AUDIENCE
from imagestore.identity.errors import TokenExpired, TokenInvalid
from imagestore.identity.rules import ISSUER

Use = Literal["guest", "handoff", "upload", "share", "extension"]
"""`guest` opens the API like a shop's token; the others open only the addresses that they are part of."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What a token of ours says. `id` names the row that can revoke it, if there is one."""

    use: Use
    principal: Principal
    expires_at: datetime
    id: str = ""


def issue(issued: Issued, *, now: datetime) -> str:
    who = issued.principal
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "use": issued.use,
        "shop": who.shop,
        "sub": who.customer,
        "sid": who.session,
        "scope": " ".join(sorted(who.scopes)),
        "jti": issued.id or None,
        "iat": int(now.timestamp()),
        "exp": int(issued.expires_at.timestamp()),
    }
    told = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(told, _key(settings.SECRET_KEY), algorithm="HS256")


def read(token: str, *, use: Use, now: datetime) -> Issued:
    """Raises TokenExpired, TokenInvalid: a forged token, one of another use, one of a shop."""
    claims = _verified(token)
    if claims.get("use") != use:
        raise TokenInvalid("The token is for another use.")
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    if expires_at <= now:
        raise TokenExpired("This link has expired. Ask for a new one.", field="exp")
    principal = Principal(
        kind="customer",
        shop=claims["shop"],
        customer=claims.get("sub"),
        session=claims.get("sid"),
        scopes=frozenset(claims["scope"].split()),
    )
    return Issued(use, principal, expires_at, claims.get("jti", ""))


def lifetime_until(now: datetime, lifetime: timedelta) -> datetime:
    """Whole seconds, as tokens tell them."""
    return (now + lifetime).replace(microsecond=0)


def _verified(token: str) -> dict[str, Any]:
    options: Any = {"verify_exp": False, "verify_iat": False, "require": ["exp", "aud", "iss"]}
    for key in _keys():
        try:
            return jwt.decode(token, key, algorithms=["HS256"], audience=AUDIENCE, issuer=ISSUER, options=options)
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenInvalid("This is no token of ours.") from error
    raise TokenInvalid("The token's signature does not fit.")


def _keys() -> Iterable[bytes]:
    yield _key(settings.SECRET_KEY)
    yield from map(_key, settings.SECRET_KEY_FALLBACKS)


def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"imagestore issued tokens", hashlib.sha256)
