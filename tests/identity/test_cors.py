"""Which pages may read the API's answers."""

from datetime import datetime

import pytest
from pytest_django import Settings

from imagestore.common import aws
from imagestore.identity import operations
from imagestore.identity.records import Shop
from tests.identity.conftest import OPERATOR, ORIGIN, Bearer
from tests.support.clients import Client

WHOAMI = "/api/v1/whoami"
OTHER = "https://bcme.example"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture(autouse=True)
def _urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.identity.small_api"


@pytest.fixture
def other_shop(shop: Shop, now: datetime) -> Shop:
    return operations.create_shop(
        id="bcme", name="B", principal=OPERATOR, now=now, allowed_origins=[OTHER, "https://both.example"]
    )


def preflight(client: Client, origin: str) -> dict[str, str]:
    headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    answer = client.options(WHOAMI, headers=headers)
    assert answer.status_code == 204
    return dict(answer.headers)


def test_a_preflight_passes_for_the_origins_of_any_shop(client: Client, other_shop: Shop) -> None:
    for origin in (ORIGIN, OTHER):
        headers = preflight(client, origin)
        assert headers[ALLOWED] == origin
        assert headers["Access-Control-Max-Age"] == "600"
        assert "PUT" in headers["Access-Control-Allow-Methods"]
        allowed = {name.strip() for name in headers["Access-Control-Allow-Headers"].split(",")}
        assert allowed == {
            "Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Share-Access",
        }  # fmt: skip
        assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://acme.example.evil", "*", "x" * 5000])
def test_a_preflight_of_a_stranger_gets_no_permission(client: Client, shop: Shop, origin: str) -> None:
    headers = preflight(client, origin)
    assert ALLOWED not in headers
    assert "Access-Control-Allow-Methods" not in headers
    assert headers["Vary"] == "Origin"


def test_an_answer_is_readable_for_the_principal_s_own_shop(client: Client, other_shop: Shop, bearer: Bearer) -> None:
    own = client.get(WHOAMI, headers={"Origin": ORIGIN, "Authorization": bearer()})
    assert own[ALLOWED] == ORIGIN
    assert own["Access-Control-Expose-Headers"] == "ETag, Location, Retry-After"
    assert "Origin" in own["Vary"]
    foreign = client.get(WHOAMI, headers={"Origin": OTHER, "Authorization": bearer()})
    assert foreign.status_code == 200
    assert ALLOWED not in foreign


def test_errors_are_readable_too(client: Client, shop: Shop, bearer: Bearer) -> None:
    unknown = client.get(WHOAMI, headers={"Origin": ORIGIN})
    assert (unknown.status_code, unknown[ALLOWED]) == (401, ORIGIN)
    refused = client.get("/api/v1/forbidden", headers={"Origin": ORIGIN, "Authorization": bearer()})
    assert (refused.status_code, refused[ALLOWED]) == (403, ORIGIN)
    missing = client.get("/api/v1/nothing", headers={"Origin": ORIGIN})
    assert (missing.status_code, missing[ALLOWED]) == (404, ORIGIN)


def test_what_is_not_the_api_is_left_alone(client: Client, shop: Shop) -> None:
    answer = client.get("/elsewhere/openapi.json", headers={"Origin": ORIGIN})
    assert answer.status_code == 200
    assert ALLOWED not in answer
    assert "Origin" not in answer.get("Vary", "")


def test_origins_follow_what_the_shop_sets(client: Client, other_shop: Shop, now: datetime) -> None:
    shared = "https://both.example"
    operations.set_origins(shop_id="acme", allowed_origins=[shared], principal=OPERATOR, now=now)
    assert ALLOWED not in preflight(client, ORIGIN)
    assert preflight(client, shared)[ALLOWED] == shared
    operations.set_origins(shop_id="acme", allowed_origins=[], principal=OPERATOR, now=now)
    assert preflight(client, shared)[ALLOWED] == shared


def test_a_table_that_does_not_answer_costs_the_permission_not_the_answer(
    client: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise aws.AwsError({"Error": {"Code": "InternalServerError"}}, "GetItem")

    monkeypatch.setattr(aws.dynamodb(), "get_item", fail)
    answer = client.get("/api/v1/public", headers={"Origin": ORIGIN})
    assert answer.status_code == 200
    assert ALLOWED not in answer
