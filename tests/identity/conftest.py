"""A shop with a key, and tokens that it signs."""

from datetime import datetime
from typing import Any, Protocol

import pytest

from imagestore.common.principal import command
from imagestore.identity import operations, signing
from imagestore.identity.records import Jwk, Shop

ORIGIN = "https://acme.example"
OPERATOR = command("tester")


@pytest.fixture(scope="session")
def key() -> Jwk:
    return signing.generate_key("first")


@pytest.fixture
def shop(moto_aws: None, key: Jwk, now: datetime) -> Shop:
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
