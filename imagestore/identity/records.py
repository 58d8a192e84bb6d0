"""The nouns: a shop with its keys, a staff member."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NotRequired, TypedDict

from imagestore.common.retention import LEAST_GRACE, RetentionPolicy, read_policy

DEMO_LEAST = timedelta(seconds=1)
Jwk = dict[str, str]


class ShopKey(TypedDict):
    """A public key as the shop's row keeps it; instants are RFC 3339. Its tokens have exactly this `alg`."""

    kid: str
    alg: str
    jwk: Jwk
    created_at: str
    retired_at: NotRequired[str]


NAMED_BEFORE = {
    "release_grace": ("released_file",),
    "package": ("lab_package",),
    "order": ("unpaid_order", "paid_order", "packaged_order"),
}


def _as_rules(stored: Mapping[str, object]) -> Mapping[str, object]:
    """Policies were seconds by name before they were rules: such a row is read as the rules that it meant."""
    before = [name for name in stored if name not in ("rules", "kept_autosaves", "guard")]
    if not before:
        return stored
    subjects = [(subject, stored[name]) for name in before for subject in NAMED_BEFORE.get(name, (name,))]
    rules = [{"subject": subject, "keep": f"{seconds}s"} for subject, seconds in subjects]
    return {"rules": rules} | {name: stored[name] for name in ("kept_autosaves",) if name in stored}


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant. Quotas are per customer: files and bytes; `shop_byte_quota` is for all of them together, if any.

    `rules`: the part of its policy that it decided.
    `keep_gps`: where its photos were taken is kept with them. `least_dpi`: prints below it are warned of.
    """

    id: str
    name: str
    created_at: datetime
    revision: int
    file_quota: int
    byte_quota: int
    demo: bool
    keys: list[ShopKey]
    rules: Mapping[str, object]
    allowed_origins: frozenset[str] = frozenset()
    shop_byte_quota: int | None = None
    keep_gps: bool = False
    least_dpi: int = 150

    @property
    def policy(self) -> RetentionPolicy:
        return read_policy(_as_rules(self.rules), least_lifetime(self.demo))

    def active_key(self, kid: str) -> ShopKey | None:
        return next((key for key in self.keys if key["kid"] == kid and "retired_at" not in key), None)


@dataclass(frozen=True, slots=True)
class OriginShops:
    """Which shops registered a web origin."""

    shops: frozenset[str] = frozenset()


class Role(StrEnum):
    VIEWER = "viewer"
    SUPPORT = "support"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """`password` is Django's encoded hash, never the password; `totp` the sealed secret of its one-time codes.

    `sign_outs` counts how often all its sessions were ended; `totp_step` is the moment of the last code it used.
    """

    name: str
    role: Role
    password: str = field(repr=False)
    active: bool
    created_at: datetime
    sign_outs: int = 0
    totp: str | None = field(default=None, repr=False)
    totp_step: int = field(default=0, repr=False)


def least_lifetime(demo: bool) -> timedelta:
    """Demo shops may forget within seconds, so that people can watch a whole life."""
    return DEMO_LEAST if demo else LEAST_GRACE
