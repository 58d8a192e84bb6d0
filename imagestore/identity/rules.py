"""What shops and staff may be called, which origins they may name, how many keys they may have. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from urllib.parse import urlsplit

from imagestore.identity import jwks
from imagestore.identity.errors import (
    KeyExists,
    KeyInvalid,
    KeyNotFound,
    OriginInvalid,
    ShopInvalid,
    StaffInvalid,
)
from imagestore.identity.records import Jwk, Role, ShopKey

SHOP_ID = re.compile(r"[a-z][a-z0-9-]{1,39}")
STAFF_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
HOST = re.compile(r"[a-z0-9.-]{1,253}|\[[0-9a-f:]+\]")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
DEFAULT_PORTS = {"https": 443, "http": 80}
LONGEST_ORIGIN = 300
MOST_ORIGINS = 20
ISSUER = "imagestore"
"""Who issues our own tokens; no shop may be called so."""
MOST_ACTIVE_KEYS = 5
KEPT_RETIRED_KEYS = 10
LONGEST_NAME = 100
SHORTEST_PASSWORD = 12
LARGEST_QUOTA = 2**53 - 1
"""Beyond it JSON numbers are not exact everywhere."""
DEFAULT_FILE_QUOTA = 20_000
DEFAULT_BYTE_QUOTA = 100 * 1024**3
DEFAULT_LEAST_DPI, LARGEST_LEAST_DPI = 150, 1200


def check_shop(id: str, name: str, least_dpi: int = DEFAULT_LEAST_DPI) -> None:
    check_least_dpi(least_dpi)
    if not SHOP_ID.fullmatch(id) or id == ISSUER:
        raise ShopInvalid(
            f"A shop's id is 2 to 40 of a-z, 0-9 and '-', starts with a letter, and is not {ISSUER}.", field="id"
        )
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ShopInvalid(f"A shop's name has 1 to {LONGEST_NAME} printable characters.", field="name")


def check_quotas(file_quota: int, byte_quota: int, shop_byte_quota: int | None) -> None:
    """Of the last None means no limit."""
    quotas = {"file_quota": file_quota, "byte_quota": byte_quota, "shop_byte_quota": shop_byte_quota}
    for field, quota in quotas.items():
        if quota is not None and not 1 <= quota <= LARGEST_QUOTA:
            raise ShopInvalid(f"{field} is from 1 to {LARGEST_QUOTA}.", field=field, limit=LARGEST_QUOTA)


def check_least_dpi(least_dpi: int) -> None:
    if not 1 <= least_dpi <= LARGEST_LEAST_DPI:
        raise ShopInvalid(f"least_dpi is from 1 to {LARGEST_LEAST_DPI}.", field="least_dpi", limit=LARGEST_LEAST_DPI)


def origins(texts: Iterable[str], *, plain_http: bool) -> frozenset[str]:
    """Web origins as browsers send them. `plain_http`: whether http is allowed beyond this machine."""
    found = frozenset(_origin(text, plain_http) for text in texts)
    if len(found) > MOST_ORIGINS:
        raise OriginInvalid(f"A shop has at most {MOST_ORIGINS} origins.", field="allowed_origins", most=MOST_ORIGINS)
    return found


def _origin(text: str, plain_http: bool) -> str:
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port
    except ValueError as error:
        raise _no_origin() from error
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in DEFAULT_PORTS or more or not HOST.fullmatch(host):
        raise _no_origin()
    if parts.scheme == "http" and not plain_http and parts.hostname not in LOOPBACK:
        raise OriginInvalid("An origin must be https, or http on this machine.", field="allowed_origins")
    is_default = port in (None, DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{port}"


def _no_origin() -> OriginInvalid:
    text = "An origin is a scheme and a host, like https://shop.example."
    return OriginInvalid(text, field="allowed_origins")


def with_key(keys: Sequence[ShopKey], jwk: Jwk, now: datetime) -> list[ShopKey]:
    """The keys with a new one. Long retired ones are forgotten."""
    public, alg = jwks.checked(jwk)
    kid = public["kid"]
    if any(key["kid"] == kid for key in keys):
        raise KeyExists(f"Give the new key another kid than {kid}.", field="kid")
    active = [key for key in keys if "retired_at" not in key]
    if len(active) >= MOST_ACTIVE_KEYS:
        raise KeyInvalid(f"A shop has at most {MOST_ACTIVE_KEYS} active keys. Retire one first.")
    retired = [key for key in keys if "retired_at" in key][-KEPT_RETIRED_KEYS:]
    return [*retired, *active, ShopKey(kid=kid, alg=alg, jwk=public, created_at=now.isoformat())]


def with_keys(keys: Sequence[ShopKey], new: Iterable[Jwk], now: datetime) -> list[ShopKey]:
    return reduce(lambda known, jwk: with_key(known, jwk, now), new, list(keys))


def without_key(keys: Sequence[ShopKey], kid: str, now: datetime) -> list[ShopKey]:
    """The keys with one of them retired: tokens that it signed are refused from now on."""
    if not any(key["kid"] == kid and "retired_at" not in key for key in keys):
        raise KeyNotFound(f"The shop has no active key {kid}.", field="kid")
    return [_retired(key, now) if key["kid"] == kid else key for key in keys]


def _retired(key: ShopKey, now: datetime) -> ShopKey:
    retired = key.copy()
    retired["retired_at"] = now.isoformat()
    return retired


def check_staff(name: str, password: str, role: str) -> None:
    if not STAFF_NAME.fullmatch(name):
        raise StaffInvalid("A staff name is 2 to 64 of a-z, 0-9, '.', '_', '@' and '-'.", field="name")
    check_password(password)
    check_role(role)


def check_password(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise StaffInvalid(f"A password has at least {SHORTEST_PASSWORD} characters.", field="password")


def check_role(role: str) -> None:
    if role not in set(Role):
        raise StaffInvalid(f"A role is one of {', '.join(Role)}.", field="role")
