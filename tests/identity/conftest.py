"""A shop with a key, and tokens that it signs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol

import pytest
from moto import mock_aws

from imagestore.common import aws, clock
from imagestore.common.principal import command
from imagestore.identity import operations, queries, signing
from imagestore.identity.records import Jwk, Shop
from imagestore.local.tables import ensure_table

ORIGIN = "https://acme.example"
OPERATOR = command("tester")


@pytest.fixture
def table() -> Iterator[None]:
    with mock_aws():
        aws.reset()
        queries.forget()
        ensure_table("imagestore-test")
        yield
    aws.reset()


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture(scope="session")
def key() -> Jwk:
    return signing.generate_key("first")


@pytest.fixture
def shop(table: None, key: Jwk, now: datetime) -> Shop:
    return operations.create_shop(
        id="acme",
        name="Acme Prints",
        principal=OPERATOR,
        now=now,
        public_keys=[signing.public_part(key)],
        allowed_origins=[ORIGIN],
    )


class Bearer(Protocol):
    """An Authorization header with a token that the shop signed; claims may be replaced."""

    def __call__(self, **claims: Any) -> str: ...


@pytest.fixture
def bearer(shop: Shop, key: Jwk, now: datetime) -> Bearer:
    def sign(**claims: Any) -> str:
        told: dict[str, Any] = {"shop": shop.id, "now": now, "customer": "c-1", **claims}
        return f"Bearer {signing.sign(key, **told)}"

    return sign
