"""Verifying tokens of shops, and of guests. The one place that turns a bearer into a principal."""

from datetime import datetime
from typing import Any

import jwt

from imagestore.common.principal import Principal
from imagestore.identity import claims, issued, jwks, queries, rules
from imagestore.identity.errors import TokenInvalid, TokenMalformed, TokenMissing
from imagestore.identity.records import ShopKey

LONGEST = 8192
_UNVERIFIED: Any = {"verify_signature": False}
_SIGNATURE_AND_AUDIENCE: Any = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_sub": False,
    "verify_jti": False,
    "require": ["aud", "exp"],
}


def authenticate(bearer: str, *, now: datetime) -> Principal:
    """Who acts, from the value of an Authorization header (`Bearer …`).

    Raises TokenMissing, TokenMalformed, TokenExpired or TokenInvalid, each with a sentence for engineers.
    """
    token = _token(bearer)
    header, told = _unverified(token)
    if told.get("iss") == rules.ISSUER:
        return issued.read(token, use="guest", now=now).principal
    shop, key = _signer(told.get("iss"), header)
    verified = _verified(token, key)
    claims.check_times(verified, now)
    return claims.principal(shop, verified)


def _token(bearer: str) -> str:
    scheme, _, token = bearer.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissing("Send the header `Authorization: Bearer TOKEN` with a token signed by the shop.")
    if len(token) > LONGEST:
        raise TokenMalformed(f"A token has at most {LONGEST} characters.", most=LONGEST)
    return token.strip()


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, only to find the key: nothing in them is believed yet."""
    try:
        decoded = jwt.decode_complete(token, options=_UNVERIFIED)
    except (jwt.PyJWTError, ValueError) as error:
        raise TokenMalformed("This is not a JSON Web Token in compact form.") from error
    return decoded["header"], decoded["payload"]


def _signer(issuer: object, header: dict[str, Any]) -> tuple[str, ShopKey]:
    """The key is the one that the shop registered, and so is the algorithm: the header only picks."""
    kid = header.get("kid")
    if not isinstance(issuer, str) or not isinstance(kid, str):
        raise TokenInvalid("The token needs iss (the shop's id) and, in its header, kid (the key's id).")
    shop = queries.shop(issuer)
    if shop is None:
        raise TokenInvalid("The token's iss is not a known shop.", field="iss")
    key = shop.active_key(kid)
    if key is None:
        raise TokenInvalid("The token's kid is not an active key of this shop.", field="kid")
    if header.get("alg") != key["alg"]:
        raise TokenInvalid(f"This key signs with {key['alg']} and nothing else.", field="alg")
    return shop.id, key


def _verified(token: str, key: ShopKey) -> dict[str, Any]:
    parsed = jwks.parsed(key["jwk"], key["alg"])
    try:
        return jwt.decode(
            token, parsed, algorithms=[key["alg"]], audience=claims.AUDIENCE, options=_SIGNATURE_AND_AUDIENCE
        )
    except jwt.MissingRequiredClaimError as error:
        raise TokenInvalid(f"The token has no {error.claim}.", field=error.claim) from error
    except jwt.InvalidAudienceError as error:
        raise TokenInvalid(f"The token's aud must be {claims.AUDIENCE}.", field="aud") from error
    except (jwt.PyJWTError, ValueError) as error:
        raise TokenInvalid("The token's signature does not fit the registered key.") from error
