"""A shop to try things with, and someone to sign in to the staff site."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from imagestore.common import ids
from imagestore.common.principal import Principal
from imagestore.identity import key_files, operations, queries, signing
from imagestore.identity.records import Jwk

SHOP = "demo"
STAFF = "admin"


def ensure_demo_shop(*, origins: Iterable[str], principal: Principal, now: datetime) -> str | None:
    """Makes the shop, or gives the one that exists this folder's key and these origins; says what is new."""
    key = signing.public_part(_private_key(now))
    shop = queries.shop(SHOP)
    if shop is None:
        operations.create_shop(
            id=SHOP,
            name="Demo shop",
            public_keys=[key],
            allowed_origins=origins,
            demo=True,
            principal=principal,
            now=now,
        )
        return f"Made the shop {SHOP}; its private key is in {key_files.local_file(SHOP)}"
    if shop.active_key(key["kid"]) is None:
        operations.add_key(shop_id=SHOP, public_key=key, principal=principal, now=now)
    wanted = shop.allowed_origins | frozenset(origins)
    if wanted != shop.allowed_origins:
        operations.set_origins(shop_id=SHOP, allowed_origins=wanted, principal=principal, now=now)
    return None


def ensure_staff(*, principal: Principal, now: datetime) -> str | None:
    """Makes an admin to sign in with; the answer is the only place where the password is ever told."""
    if queries.staff_member(STAFF):
        return None
    password = secrets.token_urlsafe(12)
    operations.create_staff(name=STAFF, password=password, role="admin", principal=principal, now=now)
    return f"Made the staff member {STAFF}, password {password} (told only this once)"


def _private_key(now: datetime) -> Jwk:
    """Kept beside the state: after a loss of the table the shop comes back with the key that people use."""
    file = key_files.local_file(SHOP)
    if not file.is_file():
        key_files.write(file, signing.generate_key(ids.new_id(now)))
    return key_files.read(file)
