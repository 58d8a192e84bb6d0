"""A shop to try things with. Its private key lies in the state folder, as a real one lies with its shop."""

import base64
import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from imagestore.common.principal import Principal
from imagestore.identity import operations, queries
from imagestore.local.place import write_private

SHOP = "demo"
STAFF = "admin"
PRIVATE_MEMBER = "d"
Jwk = dict[str, str]


def ensure_demo_shop(
    keys: Path, *, origins: Iterable[str], principal: Principal, now: datetime
) -> str | None:
    """Makes the shop, or gives the one that exists this folder's key and these origins; says what is new."""
    key = demo_key(keys)
    public = {name: value for name, value in key.items() if name != PRIVATE_MEMBER}
    shop = queries.shop(SHOP)
    if shop is None:
        operations.create_shop(
            id=SHOP,
            name="Demo shop",
            public_keys=[public],
            allowed_origins=origins,
            demo=True,
            principal=principal,
            now=now,
        )
        return f"Made the shop {SHOP}; its private key is in {_file(keys)}"
    if shop.active_key(key["kid"]) is None:
        operations.add_key(shop_id=SHOP, public_key=public, principal=principal, now=now)
    missing = frozenset(origins) - shop.allowed_origins
    if missing:
        every = shop.allowed_origins | missing
        operations.set_origins(shop_id=SHOP, allowed_origins=every, principal=principal, now=now)
    return None


def ensure_staff(*, principal: Principal, now: datetime) -> str | None:
    """Makes an admin to sign in with; the answer is the only place where the password is ever told."""
    if queries.staff_member(STAFF):
        return None
    password = secrets.token_urlsafe(12)
    operations.create_staff(name=STAFF, password=password, role="admin", principal=principal, now=now)
    return f"Made the staff member {STAFF}, password {password} (told only this once)"


def demo_key(keys: Path) -> Jwk:
    """The shop's private key as a JSON Web Key, made at the first call."""
    file = _file(keys)
    if file.is_file():
        kept: Jwk = json.loads(file.read_text())
        return kept
    key = _new_key()
    write_private(file, json.dumps(key, indent=2) + "\n")
    return key


def _new_key() -> Jwk:
    private = Ed25519PrivateKey.generate()
    return {
        "kid": f"demo-{secrets.token_hex(4)}",
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _base64url(private.public_key().public_bytes_raw()),
        PRIVATE_MEMBER: _base64url(private.private_bytes_raw()),
    }


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _file(keys: Path) -> Path:
    return keys / f"{SHOP}.json"
