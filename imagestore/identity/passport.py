"""A principal as text: how the gateway's authorizer hands it to the function behind the gateway."""

from dataclasses import asdict

import orjson

from imagestore.common.principal import Principal

FIELD = "principal"
"""The member of the authorizer's context that carries it."""


def write(principal: Principal) -> str:
    return orjson.dumps(asdict(principal) | {"scopes": sorted(principal.scopes)}).decode()


def read(text: str) -> Principal:
    fields = orjson.loads(text)
    return Principal(**fields | {"scopes": frozenset(fields["scopes"])})
