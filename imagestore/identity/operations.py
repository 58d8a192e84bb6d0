"""The verbs: making and changing shops and staff. Each is one transaction with its audit entry."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password

from imagestore.audit import operations as audit
from imagestore.common import redating, transaction
from imagestore.common.principal import Principal
from imagestore.common.retention import check_carried_out, read_policy
from imagestore.common.transaction import TransactionLost, Write
from imagestore.identity import keys, models, queries, rules
from imagestore.identity.errors import DemoRefused, ShopChanged, ShopExists, StaffExists
from imagestore.identity.records import Jwk, Role, Shop, StaffMember, least_lifetime


class _Deed(NamedTuple):
    """What the audit entry tells besides its subject."""

    action: str
    principal: Principal
    reason: str
    now: datetime
    details: Mapping[str, Any]


def create_shop(
    *,
    id: str,
    name: str,
    principal: Principal,
    now: datetime,
    reason: str = "",
    public_keys: Iterable[Jwk] = (),
    allowed_origins: Iterable[str] = (),
    policy: Mapping[str, object] | None = None,
    file_quota: int = rules.DEFAULT_FILE_QUOTA,
    byte_quota: int = rules.DEFAULT_BYTE_QUOTA,
    shop_byte_quota: int | None = None,
    demo: bool = False,
    keep_gps: bool = False,
    least_dpi: int = rules.DEFAULT_LEAST_DPI,
) -> Shop:
    """`policy`: retention rules as JSON; what it leaves out has its default. Quotas per customer,
    `shop_byte_quota` for all together. Raises ShopExists, ShopInvalid, KeyInvalid, OriginInvalid, PolicyInvalid …
    """
    principal.require_role("admin")
    _check_demo(demo)
    rules.check_shop(id, name, least_dpi)
    rules.check_quotas(file_quota, byte_quota, shop_byte_quota)
    shop = Shop(
        id=id,
        name=name,
        created_at=now,
        revision=1,
        file_quota=file_quota,
        byte_quota=byte_quota,
        demo=demo,
        keys=rules.with_keys([], public_keys, now),
        rules=_checked_policy(policy or {}, demo),
        allowed_origins=_origins(allowed_origins),
        shop_byte_quota=shop_byte_quota,
        keep_gps=keep_gps,
        least_dpi=least_dpi,
    )
    return _open(shop, _Deed("shop.created", principal, reason, now, _told_of_new(shop)))


def _told_of_new(shop: Shop) -> dict[str, Any]:
    return {"origins": sorted(shop.allowed_origins), "kids": [key["kid"] for key in shop.keys], "demo": shop.demo}


def _check_demo(demo: bool) -> None:
    if demo and not settings.IMAGESTORE_DEVELOPMENT:
        raise DemoRefused("Start with IMAGESTORE_ENVIRONMENT=development to make a demo shop.")


def add_key(*, shop_id: str, public_key: Jwk, principal: Principal, now: datetime, reason: str = "") -> Shop:
    """Old and new keys hold side by side until one is retired. Servers know a new key within 60 s."""
    principal.require_role("admin")
    shop = queries.stored_shop(shop_id)
    changed = _next(shop, keys=rules.with_key(shop.keys, public_key, now))
    details = {"kid": changed.keys[-1]["kid"], "alg": changed.keys[-1]["alg"]}
    return _change(shop, changed, _Deed("shop.key-added", principal, reason, now, details))


def retire_key(*, shop_id: str, kid: str, principal: Principal, now: datetime, reason: str = "") -> Shop:
    """Tokens of this key are refused, everywhere within 60 s."""
    principal.require_role("admin")
    shop = queries.stored_shop(shop_id)
    changed = _next(shop, keys=rules.without_key(shop.keys, kid, now))
    return _change(shop, changed, _Deed("shop.key-retired", principal, reason, now, {"kid": kid}))


def set_origins(
    *, shop_id: str, allowed_origins: Iterable[str], principal: Principal, now: datetime, reason: str = ""
) -> Shop:
    """Replaces the web origins whose pages may call the API."""
    principal.require_role("admin")
    shop = queries.stored_shop(shop_id)
    changed = _next(shop, allowed_origins=_origins(allowed_origins))
    details = {
        "added": sorted(changed.allowed_origins - shop.allowed_origins),
        "removed": sorted(shop.allowed_origins - changed.allowed_origins),
    }
    writes = models.origin_changes(shop_id, **details)
    return _change(shop, changed, _Deed("shop.origins-set", principal, reason, now, details), writes)


def set_policy(
    *,
    shop_id: str,
    policy: Mapping[str, object],
    principal: Principal,
    now: datetime,
    reason: str = "",
    revision: int | None = None,
) -> Shop:
    """Replaces the retention rules. Sweeps decide by them; what they make of dates is surveyed by a run of its own.

    `revision`: of the shop as it was seen by who decides; ShopChanged if that is not the newest any more.
    """
    principal.require_role("operator")
    shop = queries.stored_shop(shop_id)
    if revision not in (None, shop.revision):
        raise ShopChanged(f"The shop {shop_id} was changed meanwhile. Look at it again.")
    changed = _next(shop, rules=_checked_policy(policy, shop.demo))
    details = {"before": shop.rules, "after": changed.rules}
    _change(shop, changed, _Deed("shop.policy-set", principal, reason, now, details))
    if shop.policy.rules != changed.policy.rules:
        redating.ask(shop_id, now)
    return changed


def set_quotas(
    *,
    shop_id: str,
    file_quota: int,
    byte_quota: int,
    shop_byte_quota: int | None,
    principal: Principal,
    now: datetime,
    reason: str = "",
) -> Shop:
    """Replaces all three; servers know within 60 s. What is stored beyond a lower one stays."""
    principal.require_role("admin")
    rules.check_quotas(file_quota, byte_quota, shop_byte_quota)
    shop = queries.stored_shop(shop_id)
    changed = _next(shop, file_quota=file_quota, byte_quota=byte_quota, shop_byte_quota=shop_byte_quota)
    details = {"before": _quotas(shop), "after": _quotas(changed)}
    return _change(shop, changed, _Deed("shop.quotas-set", principal, reason, now, details))


def set_least_dpi(*, shop_id: str, least_dpi: int, principal: Principal, now: datetime, reason: str = "") -> Shop:
    """Below which resolution prints are warned of; servers know within 60 s."""
    principal.require_role("admin")
    rules.check_least_dpi(least_dpi)
    shop = queries.stored_shop(shop_id)
    details = {"before": shop.least_dpi, "after": least_dpi}
    return _change(shop, _next(shop, least_dpi=least_dpi), _Deed("shop.least-dpi-set", principal, reason, now, details))


def _quotas(shop: Shop) -> dict[str, int | None]:
    return {"files": shop.file_quota, "bytes": shop.byte_quota, "shop_bytes": shop.shop_byte_quota}


def create_staff(
    *, name: str, password: str, role: str, principal: Principal, now: datetime, reason: str = ""
) -> StaffMember:
    """Raises StaffExists, StaffInvalid. The audit entry tells the role, not the password or its hash."""
    principal.require_role("admin")
    rules.check_staff(name, password, role)
    member = StaffMember(name, Role(role), make_password(password), active=True, created_at=now)
    row = models.StaffRow(
        *keys.staff(name), attention_key=keys.STAFF, attention_sort=name, **dataclasses.asdict(member)
    )
    deed = _Deed("staff.created", principal, reason, now, {"role": role})
    try:
        audit.record([transaction.put(row)], subject=f"staff:{name}", **deed._asdict())
    except TransactionLost as lost:
        raise StaffExists(f"There is a staff member {name} already.", field="name") from lost
    return member


def _open(shop: Shop, deed: _Deed) -> Shop:
    writes = [models.shop_put(shop), *models.origin_changes(shop.id, sorted(shop.allowed_origins))]
    try:
        _record(shop, deed, writes)
    except TransactionLost as lost:
        raise ShopExists(f"There is a shop {shop.id} already.", field="id") from lost
    return shop


def _next(shop: Shop, **changes: Any) -> Shop:
    return dataclasses.replace(shop, revision=shop.revision + 1, **changes)


def _change(before: Shop, after: Shop, deed: _Deed, writes: Sequence[Write] = ()) -> Shop:
    try:
        _record(after, deed, [models.shop_update(before, after), *writes])
    except TransactionLost as lost:
        raise ShopChanged(f"The shop {before.id} was just changed by someone else. Try again.") from lost
    return after


def _record(shop: Shop, deed: _Deed, writes: Sequence[Write]) -> None:
    audit.record(writes, subject=f"shop:{shop.id}", **deed._asdict())
    queries.forget()


def _origins(texts: Iterable[str]) -> frozenset[str]:
    return rules.origins(texts, plain_http=settings.IMAGESTORE_DEVELOPMENT)


def _checked_policy(policy: Mapping[str, object], demo: bool) -> dict[str, object]:
    """Only what the shop decides itself is stored, so that a better default reaches the others."""
    check_carried_out(read_policy(policy, least_lifetime(demo)))
    return dict(policy)
