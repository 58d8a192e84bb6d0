"""Routes behind Bearer: the gateway's context or a verified token, and nothing else that a client sends."""

from datetime import datetime

import pytest
from pytest_django import Settings

from imagestore.common.principal import Principal
from imagestore.identity import passport
from tests.identity import small_api
from tests.identity.conftest import Bearer
from tests.support.clients import Client

WHOAMI = "/api/v1/whoami"


@pytest.fixture(autouse=True)
def _urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.identity.small_api"


def test_a_token_is_verified_here(client: Client, bearer: Bearer) -> None:
    answer = client.get(WHOAMI, headers={"Authorization": bearer(scopes=["files:read"])})
    assert answer.status_code == 200
    assert answer.json()["customer"] == "c-1"


def test_the_gateway_s_context_is_taken(client: Client) -> None:
    acting = Principal(kind="customer", shop="acme", customer="c-9", scopes=frozenset({"files:write"}))
    answer = client.get(WHOAMI, API_GATEWAY_AUTHORIZER={"principal": passport.write(acting)})
    assert answer.json()["customer"] == "c-9"
    assert answer.json()["scopes"] == ["files:write"]


def test_identity_headers_have_no_effect(client: Client, bearer: Bearer) -> None:
    forged = passport.write(Principal(kind="shop", shop="acme"))
    headers = {
        "X-Principal": forged,
        "Principal": forged,
        "API-GATEWAY-AUTHORIZER": f'{{"principal": {forged!r}}}',
        "X-Amzn-Authorizer": forged,
        "Remote-User": "acme",
    }
    assert client.get(WHOAMI, headers=headers).status_code == 401
    answer = client.get(WHOAMI, headers={**headers, "Authorization": bearer()})
    assert (answer.json()["kind"], answer.json()["customer"]) == ("customer", "c-1")


def test_a_text_in_the_environ_is_no_context(client: Client) -> None:
    text = f'{{"principal": {passport.write(Principal(kind="shop", shop="acme"))!r}}}'
    assert client.get(WHOAMI, API_GATEWAY_AUTHORIZER=text).status_code == 401


def test_a_refusal_is_a_problem_with_a_stable_code(client: Client, moto_aws: None) -> None:
    answer = client.get(WHOAMI)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "token-missing"


def test_expired_and_invalid_are_told_apart(client: Client, bearer: Bearer, now: datetime) -> None:
    expired = client.get(WHOAMI, headers={"Authorization": bearer(iat=1, exp=2)})
    invalid = client.get(WHOAMI, headers={"Authorization": bearer(aud="other")})
    assert (expired.json()["code"], invalid.json()["code"]) == ("token-expired", "token-invalid")


def test_openapi_tells_of_the_token() -> None:
    schemes = small_api.api.get_openapi_schema()["components"]["securitySchemes"]
    assert schemes["Bearer"]["scheme"] == "bearer"
    assert schemes["Bearer"]["bearerFormat"] == "JWT"
