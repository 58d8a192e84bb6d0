"""Which public keys a shop may register."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from imagestore.identity import jwks, signing
from imagestore.identity.errors import KeyInvalid
from imagestore.identity.records import Jwk

ED = signing.public_part(signing.generate_key("k"))


def elliptic(curve: ec.EllipticCurve) -> Jwk:
    return {**ECAlgorithm.to_jwk(ec.generate_private_key(curve).public_key(), as_dict=True), "kid": "k"}


def modulus(bits: int) -> Jwk:
    public = rsa.generate_private_key(65537, bits).public_key()
    return {name: value for name, value in RSAAlgorithm.to_jwk(public, as_dict=True).items() if name != "key_ops"}


def test_the_algorithm_follows_from_the_key() -> None:
    assert jwks.checked(ED)[1] == "EdDSA"
    assert jwks.checked(elliptic(ec.SECP256R1()))[1] == "ES256"
    assert jwks.checked({**modulus(2048), "kid": "k"})[1] == "RS256"


def test_only_what_verifying_needs_is_kept() -> None:
    assert set(jwks.checked({**ED, "use": "sig", "note": "ours"})[0]) == {"kid", "kty", "crv", "x"}


@pytest.mark.parametrize(
    "change",
    [
        {"kid": ""},
        {"kid": "a b"},
        {"kid": "x" * 65},
        {"alg": "RS256"},
        {"alg": "HS256"},
        {"crv": "Ed448"},
        {"kty": "oct"},
        {"kty": ""},
        {"x": ""},
        {"x": "AAAA"},
        {"d": "secret"},
    ],
)
def test_a_key_with_a_fault(change: Jwk) -> None:
    with pytest.raises(KeyInvalid):
        jwks.checked({**ED, **change})


def test_other_curves_and_short_moduli_are_refused() -> None:
    for key in (elliptic(ec.SECP384R1()), elliptic(ec.SECP256K1()), {**modulus(1024), "kid": "k"}):
        with pytest.raises(KeyInvalid):
            jwks.checked(key)


def test_a_shared_secret_is_refused() -> None:
    with pytest.raises(KeyInvalid):
        jwks.checked({"kid": "k", "kty": "oct", "k": "c2VjcmV0"})
