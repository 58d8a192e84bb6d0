"""Examples of problems for the OpenAPI document: the codes that a part of the API answers with a status."""

from collections.abc import Collection, Iterator
from typing import Any

from imagestore.common import errors
from imagestore.common.problems import STATUS, TITLES

NEEDED = {
    "cursor-invalid": "cursor",
    "customer-wanted": "customer",
    "customer-foreign": "customer",
    "idempotency-key-invalid": "Idempotency-Key",
    "idempotency-key-reused": "Idempotency-Key",
    "request-under-way": "Idempotency-Key",
    "if-match-required": "If-Match",
    "project-changed": "If-Match",
}
"""A parameter that a route must have to answer with this code."""
OF_ALL = (
    "imagestore.common.idempotency",
    "imagestore.common.paging",
    "imagestore.common.answers",
    "imagestore.common.strict",
)
PLAIN = {422: errors.Invalid, 429: errors.TooMany, 503: errors.Unavailable}
STAFFS = ("file-not-trashed", "file-not-verifiable", "package-not-failed")
OF_PROJECT = ("project-not-found", "project-not-active", "project-busy", "version-not-found", "files-unusable")
BORROWED = {
    "projects": ("files-unusable",),
    "shares": ("project-not-found", "project-not-active", "project-busy"),
    "carts": OF_PROJECT,
    "orders": (*OF_PROJECT, "cart-item-not-found", "cart-item-busy"),
    "packages": (
        "project-not-found", "version-not-found", "project-busy", "order-not-found", "order-busy", "shop-only",
    ),
}  # fmt: skip
"""Codes of other parts that come through their doors."""


def of_problems(status: int, part: str, parameters: Collection[str]) -> dict[str, Any]:
    """By code. `part`: the domain that a route belongs to; `parameters`: names of what the route takes."""
    found = {code: title for code, title in _titles(status, part) if NEEDED.get(code, "") in {"", *parameters}}
    return {code: {"summary": title, "value": _problem(status, code, title)} for code, title in sorted(found.items())}


def _titles(status: int, part: str) -> Iterator[tuple[str, str]]:
    if status in TITLES and status != 404:
        yield TITLES[status]
    if status in PLAIN:
        yield PLAIN[status].code, PLAIN[status].title
    for kind in _kinds(errors.DomainError):
        if _status(kind) == status and _belongs(kind, part) and kind.code not in STAFFS:
            yield kind.code, kind.title


def _belongs(kind: type[errors.DomainError], part: str) -> bool:
    module = kind.__module__
    if module == "imagestore.identity.errors":
        return issubclass(kind, errors.Unauthenticated)
    scope = kind.code == "scope-missing"
    own = module in (f"{part}.errors", f"imagestore.{part}.errors", f"projects.{part}.errors")
    return own or module in OF_ALL or scope or kind.code in BORROWED.get(part, ())


def _status(kind: type[errors.DomainError]) -> int | None:
    return next((status for base, status in STATUS.items() if issubclass(kind, base)), None)


def _kinds(kind: type[errors.DomainError]) -> Iterator[type[errors.DomainError]]:
    for derived in kind.__subclasses__():
        yield derived
        yield from _kinds(derived)


def _problem(status: int, code: str, title: str) -> dict[str, Any]:
    return {
        "type": f"urn:imagestore:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": f"{title}.",
    }
