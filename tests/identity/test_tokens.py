"""What `authenticate` accepts, and everything that it must refuse."""

import base64
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from imagestore.common import account
from imagestore.common.errors import Unauthenticated
from imagestore.common.principal import Principal
from imagestore.identity import operations, signing, tokens
from imagestore.identity.errors import TokenExpired, TokenInvalid, TokenMalformed, TokenMissing
from imagestore.identity.records import Jwk, Shop
from tests.identity.conftest import OPERATOR, Bearer


def compact(header: dict[str, Any], payload: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def claims(now: datetime, **more: Any) -> dict[str, Any]:
    return {"iss": "acme", "sub": "c-1", "aud": "imagestore", "exp": now.timestamp() + 60, **more}


def refused(bearer: str, now: datetime) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refusal:
        tokens.authenticate(bearer, now=now)
    token = bearer.partition(" ")[2]
    assert len(token) < 20 or token not in f"{refusal.value.text} {refusal.value.facts}"
    return refusal.value


def test_a_customer_is_known_by_the_shop_s_own_id(bearer: Bearer, now: datetime) -> None:
    header = bearer(scopes=["files:read", "unknown"], session="s1", email="ann@example.org", name="Ann Ä")
    assert tokens.authenticate(header, now=now) == Principal(
        kind="customer",
        shop="acme",
        customer="c-1",
        scopes=frozenset({"files:read"}),
        session="s1",
        email="ann@example.org",
        name="Ann Ä",
    )


def test_without_customer_and_session_the_shop_itself_acts(bearer: Bearer, now: datetime) -> None:
    found = tokens.authenticate(bearer(customer=None, scopes=["shop:admin"]), now=now)
    assert (found.kind, found.customer, found.scopes) == ("shop", None, frozenset({"shop:admin"}))


def test_a_visit_before_login_never_acts_as_the_shop(bearer: Bearer, now: datetime) -> None:
    found = tokens.authenticate(bearer(customer=None, session="s1"), now=now)
    assert (found.kind, found.customer, found.session) == ("customer", None, "s1")


@pytest.mark.parametrize("who", [{"customer": "c-1"}, {"customer": None, "session": "s1"}])
def test_only_the_shop_s_server_may_administer(bearer: Bearer, now: datetime, who: dict[str, Any]) -> None:
    assert refused(bearer(**who, scopes=["shop:admin"]), now).field == "scope"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", "Basic YTpi", "token"])
def test_no_token(moto_aws: None, now: datetime, header: str) -> None:
    assert isinstance(refused(header, now), TokenMissing)


@pytest.mark.parametrize("token", ["a", "a.b.c", "..", "é.é.é", "[" * 4000, compact({}, {})[:-4] + "!", "x" * 9000])
def test_what_is_no_token(moto_aws: None, now: datetime, token: str) -> None:
    assert isinstance(refused(f"Bearer {token}", now), TokenMalformed)


def test_a_payload_nested_without_end_is_malformed(moto_aws: None, now: datetime) -> None:
    deep = base64.urlsafe_b64encode(b'{"a":' + b"[" * 3000).rstrip(b"=").decode()
    header = compact({"alg": "EdDSA", "kid": "first"}, {}).split(".")[0]
    assert isinstance(refused(f"Bearer {header}.{deep}.AA", now), TokenMalformed)


def test_a_forged_signature(bearer: Bearer, now: datetime) -> None:
    stranger = signing.generate_key("first")
    forged = signing.sign(stranger, shop="acme", now=now, customer="c-1")
    assert isinstance(refused(f"Bearer {forged}", now), TokenInvalid)


def test_claims_changed_after_signing(bearer: Bearer, now: datetime) -> None:
    header, _, signature = bearer().removeprefix("Bearer ").split(".")
    other = compact({}, claims(now, sub="c-2")).split(".")[1]
    assert "signature" in refused(f"Bearer {header}.{other}.{signature}", now).text


def test_expiry_is_exact(bearer: Bearer, now: datetime) -> None:
    header = bearer(lifetime=timedelta(seconds=60))
    expires = now.replace(microsecond=0) + timedelta(seconds=60)
    tokens.authenticate(header, now=expires - timedelta(milliseconds=1))
    assert isinstance(refused(header, expires), TokenExpired)


def test_a_life_of_more_than_a_day_is_refused(bearer: Bearer, now: datetime) -> None:
    tokens.authenticate(bearer(lifetime=timedelta(hours=24)), now=now)
    assert refused(bearer(lifetime=timedelta(hours=24, seconds=1)), now).field == "exp"
    assert refused(bearer(iat=None, lifetime=timedelta(hours=25)), now).field == "exp"


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_the_signing_clock_may_be_a_minute_ahead(bearer: Bearer, now: datetime, claim: str) -> None:
    tokens.authenticate(bearer(**{claim: now.timestamp() + 59}), now=now)
    assert refused(bearer(**{claim: now.timestamp() + 62}), now).field == claim


@pytest.mark.parametrize("audience", [None, "other", ["other"], 7])
def test_a_token_for_someone_else(bearer: Bearer, now: datetime, audience: object) -> None:
    refusal = refused(bearer(aud=audience), now)
    assert isinstance(refusal, TokenInvalid)
    assert refusal.field == "aud"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sub", "a#b"),
        ("sub", ""),
        ("sub", "x" * 129),
        ("sub", 7),
        ("sub", "tab\there"),
        ("sid", "a b"),
        ("exp", "tomorrow"),
        ("exp", True),
        ("exp", float("inf")),
        ("exp", None),
        ("iat", "now"),
        ("scope", ["files:read"]),
        ("email", "nobody"),
        ("name", "line\nbreak"),
        ("iss", "nobody"),
        ("iss", "ACME#"),
    ],
)
def test_the_claim_at_fault_is_named(bearer: Bearer, now: datetime, field: str, value: object) -> None:
    refusal = refused(bearer(**{field: value}), now)
    assert (refusal.code, refusal.field) == ("token-invalid", field)


def test_customers_may_be_known_by_e_mail_address_or_foreign_id(bearer: Bearer, now: datetime) -> None:
    for customer in ("ann+1@example.org", "auth0|5f7c8ec7", "urn:shop:1", "0", "x" * 128):
        assert tokens.authenticate(bearer(customer=customer), now=now).customer == customer


def test_alg_none(shop: Shop, now: datetime) -> None:
    for alg in ("none", "None", "NONE"):
        token = compact({"alg": alg, "kid": "first", "typ": "JWT"}, claims(now))
        assert refused(f"Bearer {token}", now).field == "alg"


def test_a_public_key_is_no_shared_secret(shop: Shop, key: Jwk, now: datetime) -> None:
    public = jwt.PyJWK(signing.public_part(key)).key
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, key["x"].encode(), json.dumps(signing.public_part(key)).encode()):
        signed = compact({"alg": "HS256", "kid": "first"}, claims(now)).removesuffix(".")
        signature = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).rstrip(b"=")
        token = f"{signed}.{signature.decode()}"
        assert refused(f"Bearer {token}", now).field == "alg"


@pytest.mark.parametrize("header", [{}, {"kid": 7}, {"kid": "second"}])
def test_the_header_must_name_a_registered_key(shop: Shop, now: datetime, header: dict[str, Any]) -> None:
    token = compact({"alg": "EdDSA", **header}, claims(now), b"signature")
    assert isinstance(refused(f"Bearer {token}", now), TokenInvalid | TokenMalformed)


def test_the_key_of_another_shop(shop: Shop, now: datetime) -> None:
    other = signing.generate_key("others")
    operations.create_shop(id="bcme", name="B", principal=OPERATOR, now=now, public_keys=[signing.public_part(other)])
    assert tokens.authenticate(f"Bearer {signing.sign(other, shop='bcme', now=now)}", now=now).shop == "bcme"
    assert refused(f"Bearer {signing.sign(other, shop='acme', now=now)}", now).field == "kid"


def test_the_same_kid_in_two_shops_means_two_keys(shop: Shop, key: Jwk, now: datetime) -> None:
    same = signing.generate_key("first")
    operations.create_shop(id="bcme", name="B", principal=OPERATOR, now=now, public_keys=[signing.public_part(same)])
    assert refused(f"Bearer {signing.sign(key, shop='bcme', now=now)}", now).code == "token-invalid"


def test_old_and_new_key_hold_until_the_old_is_retired(bearer: Bearer, now: datetime) -> None:
    new = signing.generate_key("second")
    operations.add_key(shop_id="acme", public_key=signing.public_part(new), principal=OPERATOR, now=now)
    by_new = f"Bearer {signing.sign(new, shop='acme', now=now)}"
    tokens.authenticate(bearer(), now=now)
    tokens.authenticate(by_new, now=now)
    operations.retire_key(shop_id="acme", kid="first", principal=OPERATOR, now=now)
    assert refused(bearer(), now).field == "kid"
    tokens.authenticate(by_new, now=now)


def test_es256_and_rs256_as_the_registered_key_says(shop: Shop, now: datetime) -> None:
    elliptic = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    modulus = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048), as_dict=True)
    for kid, private in (("es", elliptic), ("rs", modulus)):
        named: Jwk = {**private, "kid": kid}
        public = jwt.PyJWK(named).Algorithm.to_jwk(jwt.PyJWK(named).key.public_key(), as_dict=True)
        operations.add_key(shop_id="acme", public_key={**public, "kid": kid}, principal=OPERATOR, now=now)
        tokens.authenticate(f"Bearer {signing.sign(named, shop='acme', now=now)}", now=now)
    other_hash = jwt.encode(claims(now), jwt.PyJWK(modulus).key, algorithm="RS512", headers={"kid": "rs"})
    assert refused(f"Bearer {other_hash}", now).field == "alg"


def test_a_known_shop_is_not_read_again(bearer: Bearer, now: datetime) -> None:
    header = bearer()
    tokens.authenticate(header, now=now)
    with account.measure() as work:
        tokens.authenticate(header, now=now)
    assert work.dynamodb_requests == 0
