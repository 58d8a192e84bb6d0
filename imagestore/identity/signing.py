"""The shop's side of the contract: a key of its own, and tokens signed with it.

For development, demo and tests; the product itself keeps no shop's private key.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from imagestore.identity.claims import AUDIENCE
from imagestore.identity.records import Jwk


def generate_key(kid: str) -> Jwk:
    """A private Ed25519 key as JWK."""
    return {**OKPAlgorithm.to_jwk(Ed25519PrivateKey.generate(), as_dict=True), "kid": kid, "alg": "EdDSA"}


def public_part(private: Jwk) -> Jwk:
    return {name: value for name, value in private.items() if name not in ("d", "key_ops")}


def sign(
    private: Jwk,
    *,
    shop: str,
    now: datetime,
    customer: str | None = None,
    session: str | None = None,
    scopes: Iterable[str] = (),
    lifetime: timedelta = timedelta(hours=1),
    **more: Any,
) -> str:
    """A token. `more`: further claims, like `email` and `name`; a None leaves its claim out."""
    issued = int(now.timestamp())
    claims = {
        "iss": shop,
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + int(lifetime.total_seconds()),
        "scope": " ".join(scopes),
        "sub": customer,
        "sid": session,
        **more,
    }
    told = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(told, jwt.PyJWK(private), headers={"kid": private["kid"]})
