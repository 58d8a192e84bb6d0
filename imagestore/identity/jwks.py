"""Public keys in JSON Web Key form: which are accepted, and their parsed objects. Pure."""

import re
from functools import lru_cache

import jwt

from imagestore.identity.errors import KeyInvalid
from imagestore.identity.records import Jwk

KID = re.compile(r"[A-Za-z0-9._-]{1,64}")
ALGORITHMS = {("OKP", "Ed25519"): "EdDSA", ("EC", "P-256"): "ES256", ("RSA", ""): "RS256"}
PUBLIC_MEMBERS = {"OKP": ("crv", "x"), "EC": ("crv", "x", "y"), "RSA": ("n", "e")}
LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 4096


def checked(jwk: Jwk) -> tuple[Jwk, str]:
    """(the public key reduced to what verifying needs, its algorithm); KeyInvalid says what is wrong."""
    if "d" in jwk or "k" in jwk:
        raise KeyInvalid("This key is private or secret. Register its public part.", field="jwk")
    if not KID.fullmatch(str(jwk.get("kid", ""))):
        raise KeyInvalid("A key needs a kid: 1 to 64 letters, digits, '.', '_' or '-'.", field="kid")
    kty = str(jwk.get("kty", ""))
    alg = ALGORITHMS.get((kty, str(jwk.get("crv", ""))))
    if alg is None or jwk.get("alg", alg) != alg:
        raise KeyInvalid("A key is Ed25519 (EdDSA), P-256 (ES256) or RSA (RS256).", field="jwk")
    numbers = {name: str(jwk.get(name, "")) for name in PUBLIC_MEMBERS[kty]}
    public = {"kid": str(jwk["kid"]), "kty": kty, **numbers}
    _check_numbers(public, alg)
    return public, alg


def _check_numbers(public: Jwk, alg: str) -> None:
    try:
        size = getattr(parsed(public, alg).key, "key_size", 0)
    except (jwt.PyJWTError, ValueError) as error:
        raise KeyInvalid("The key's numbers do not make a public key.", field="jwk") from error
    if alg == "RS256" and not LEAST_RSA_BITS <= size <= MOST_RSA_BITS:
        raise KeyInvalid(f"An RSA key has {LEAST_RSA_BITS} to {MOST_RSA_BITS} bits.", field="jwk")


def parsed(public: Jwk, alg: str) -> jwt.PyJWK:
    """The key object, parsed once per process."""
    return _parsed(tuple(public.items()), alg)


@lru_cache(maxsize=4096)
def _parsed(members: tuple[tuple[str, str], ...], alg: str) -> jwt.PyJWK:
    return jwt.PyJWK(dict(members), algorithm=alg)
