"""Making and changing endpoints. Each change is one transaction with its audit entry; secrets are told only once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings

from imagestore.audit import operations as audit
from imagestore.common import idempotency, ids, sealing, transaction
from imagestore.common import principal as principals
from imagestore.common.idempotency import Asked
from imagestore.common.principal import Principal
from imagestore.common.transaction import TransactionLost, Write
from imagestore.identity.claims import SHOP_ADMIN
from imagestore.webhooks import addresses, keys, models, queries, rules, signatures
from imagestore.webhooks.errors import EndpointChanged, EndpointsTooMany
from imagestore.webhooks.models import EndpointRow
from imagestore.webhooks.records import Draft, Endpoint, Secret

SEALED_FOR = "webhook secret"
RECORD = 2
"""Where the idempotency record stands among the writes that make an endpoint."""


@dataclass(frozen=True, slots=True)
class Told:
    """The only time that the secret is told."""

    endpoint: Endpoint
    secret: str = field(repr=False)


class _Deed(NamedTuple):
    """What the audit entry tells besides its subject."""

    action: str
    principal: Principal
    now: datetime
    reason: str = ""
    details: Mapping[str, Any] | None = None


def create(*, draft: Draft, principal: Principal, now: datetime, asked: Asked | None = None) -> Told:
    """For the principal's shop. Raises UrlInvalid, EndpointsTooMany.

    With `asked` a repeat answers the same endpoint and tells its newest secret again. Raises KeyReused.
    """
    principal.require(SHOP_ADMIN)
    addresses.check_url(draft.url, anywhere=settings.IMAGESTORE_DEVELOPMENT)
    secret = signatures.new_secret()
    endpoint = _new(draft, principal.shop, _sealed(secret), now)
    writes = [models.endpoint_put(endpoint), models.place_taken(endpoint.shop)]
    writes += [idempotency.record(asked, [endpoint.id], now)] if asked else []
    try:
        _record(endpoint, writes, _Deed("endpoint.created", principal, now, details=_told(endpoint)))
    except TransactionLost as lost:
        if asked and RECORD in lost.failed:
            return _first_made(asked, principal)
        most = rules.MOST_ENDPOINTS
        raise EndpointsTooMany(f"A shop has at most {most} endpoints. Remove one first.", most=most) from lost
    return Told(endpoint, secret)


def update(*, id: str, changes: Mapping[str, Any], principal: Principal, now: datetime) -> Endpoint:
    """`changes`: some of what a Draft has. Everywhere within 60 s. Raises EndpointNotFound, UrlInvalid,
    EndpointChanged.
    """
    before = _of(principal, id)
    enabled = changes.get("enabled", before.enabled)
    because = None if enabled else before.disabled_because or "by the shop"
    after = replace(before, **changes, revision=before.revision + 1, disabled_because=because)
    addresses.check_url(after.url, anywhere=settings.IMAGESTORE_DEVELOPMENT)
    return _change(before, after, _Deed("endpoint.updated", principal, now, details=_told(after)))


def enable(*, id: str, principal: Principal, reason: str, now: datetime) -> Endpoint:
    """What was given up meanwhile is not sent by this: `replay_failing` does that."""
    before = _of(principal, id)
    after = replace(before, enabled=True, disabled_because=None, revision=before.revision + 1)
    return _change(before, after, _Deed("endpoint.enabled", principal, now, reason))


def disable(*, id: str, principal: Principal, reason: str, now: datetime) -> Endpoint:
    """At once: what waits for the endpoint is given up when its time comes, and can be replayed."""
    before = _of(principal, id)
    after = replace(before, enabled=False, disabled_because=reason, revision=before.revision + 1)
    return _change(before, after, _Deed("endpoint.disabled", principal, now, reason))


def disable_gone(endpoint: Endpoint, now: datetime) -> None:
    """The endpoint itself said that it is gone. Left alone if somebody has changed it since it was asked."""
    because = "it answered 410 Gone"
    after = replace(endpoint, enabled=False, disabled_because=because, revision=endpoint.revision + 1)
    writes = [models.endpoint_update(endpoint, after)]
    try:
        _record(endpoint, writes, _Deed("endpoint.disabled", principals.clock(), now, because))
    except TransactionLost:
        return


def rotate(*, id: str, overlap: timedelta, principal: Principal, now: datetime) -> Told:
    """A new secret; the one before it signs beside it for so much longer. Raises SecretsTooMany, EndpointChanged."""
    before, secret = _of(principal, id), signatures.new_secret()
    secrets = rules.rotated(before.secrets, _sealed(secret), overlap, now)
    after = replace(before, secrets=secrets, revision=before.revision + 1)
    details = {"overlap_hours": overlap / timedelta(hours=1)}
    deed = _Deed("endpoint.secret-rotated", principal, now, details=details)
    return Told(_change(before, after, deed), secret)


def remove(*, id: str, principal: Principal, now: datetime) -> None:
    """What waits for it is given up. Raises EndpointNotFound, EndpointChanged."""
    before = _of(principal, id)
    key = keys.endpoint(before.shop, before.id)
    gone = transaction.delete(EndpointRow, key, models.as_read(before))
    try:
        _record(before, [gone, models.place_freed(before.shop)], _Deed("endpoint.removed", principal, now))
    except TransactionLost as lost:
        raise _changed() from lost


def reseal(*, principal: Principal, reason: str, now: datetime) -> int:
    """Seals every secret with today's SECRET_KEY, so that a former one may be forgotten; answers how many endpoints.

    Raises SealBroken for a secret that no key of the installation opens, EndpointChanged when called at a bad moment.
    """
    principal.require_role("admin")
    number = 0
    for before in queries.all_endpoints():
        secrets = [_sealed_anew(secret) for secret in before.secrets]
        after = replace(before, secrets=secrets, revision=before.revision + 1)
        _change(before, after, _Deed("endpoint.resealed", principal, now, reason))
        number += 1
    return number


def signing_secrets(endpoint: Endpoint, now: datetime) -> list[str]:
    """Opened, the newest first. Raises SealBroken."""
    return [sealing.unseal(secret["sealed"], SEALED_FOR) for secret in rules.active(endpoint.secrets, now)]


def authorized(principal: Principal, role: str) -> Principal:
    """Shops need their scope, staff at least this role. Raises ScopeMissing, RoleMissing."""
    if principal.kind == "shop":
        principal.require(SHOP_ADMIN)
    else:
        principal.require_role(role)
    return principal


def _of(principal: Principal, id: str) -> Endpoint:
    return queries.endpoint_of(authorized(principal, "operator"), id)


def _new(draft: Draft, shop: str, sealed: str, now: datetime) -> Endpoint:
    return Endpoint(
        id=ids.new_id(now),
        shop=shop,
        url=draft.url,
        enabled=draft.enabled,
        created_at=now,
        revision=1,
        secrets=[Secret(sealed=sealed, created_at=now.isoformat())],
        types=draft.types,
        description=draft.description,
        disabled_because=None if draft.enabled else "by the shop",
    )


def _first_made(asked: Asked, principal: Principal) -> Told:
    (id,) = idempotency.recorded(asked).ids
    endpoint = queries.stored_endpoint(principal.shop, id)
    if endpoint is None:
        raise EndpointChanged("The endpoint that was made with this key has been removed.")
    return Told(endpoint, sealing.unseal(endpoint.secrets[-1]["sealed"], SEALED_FOR))


def _sealed(secret: str) -> str:
    return sealing.seal(secret, SEALED_FOR)


def _sealed_anew(secret: Secret) -> Secret:
    anew = secret.copy()
    anew["sealed"] = _sealed(sealing.unseal(secret["sealed"], SEALED_FOR))
    return anew


def _told(endpoint: Endpoint) -> dict[str, Any]:
    return {"address": endpoint.address, "types": sorted(endpoint.types), "enabled": endpoint.enabled}


def _change(before: Endpoint, after: Endpoint, deed: _Deed) -> Endpoint:
    try:
        _record(after, [models.endpoint_update(before, after)], deed)
    except TransactionLost as lost:
        raise _changed() from lost
    return after


def _changed() -> EndpointChanged:
    return EndpointChanged("Somebody else changed the endpoint at this moment. Look again.")


def _record(endpoint: Endpoint, writes: list[Write], deed: _Deed) -> None:
    audit.record(writes, subject=f"endpoint:{endpoint.id}", **deed._asdict())
    queries.forget()
